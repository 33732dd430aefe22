/**
 * The definitions that the operator writes into a pod and the pod's program reads: a whole virtual machine, a whole
 * import. Records and JSON only; nobody else interprets them. Touches neither files nor processes.
 */
@NullMarked
package io.kubehv.hv.definition;

import org.jspecify.annotations.NullMarked;
