/** Conditions and their reasons: built from facts, once a pass. No client calls. */
@NullMarked
package io.kubehv.operator.status;

import org.jspecify.annotations.NullMarked;
