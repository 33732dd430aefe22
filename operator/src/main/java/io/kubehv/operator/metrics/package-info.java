/** What the operator counts and measures, all names in one class. No client calls. */
@NullMarked
package io.kubehv.operator.metrics;

import org.jspecify.annotations.NullMarked;
