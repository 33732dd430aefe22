/**
 * One handler for each place in a VM's life: given what was observed, what a pass does. Pure; the table of intents
 * ({@code PowerTable}) says what is wanted, a handler says how.
 */
@NullMarked
package io.kubehv.operator.virtualmachine.lifecycle;

import org.jspecify.annotations.NullMarked;
