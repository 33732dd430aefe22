/**
 * The program's settings, from its environment, read once and checked.
 */
@NullMarked
package io.kubehv.csi.configuration;

import org.jspecify.annotations.NullMarked;
