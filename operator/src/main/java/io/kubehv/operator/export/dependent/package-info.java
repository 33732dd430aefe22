/** What an export is made with: claims, and a pod. */
@NullMarked
package io.kubehv.operator.export.dependent;

import org.jspecify.annotations.NullMarked;
