/** Files that a power cut leaves whole. */
@NullMarked
package io.kubehv.launcher.files;

import org.jspecify.annotations.NullMarked;
