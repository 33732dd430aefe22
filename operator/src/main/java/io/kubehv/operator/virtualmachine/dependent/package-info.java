/**
 * What a VM is made of in the cluster, one class each: what it should be ({@code desired}) and how to read it back.
 * Pure; the executor writes what these build.
 */
@NullMarked
package io.kubehv.operator.virtualmachine.dependent;

import org.jspecify.annotations.NullMarked;
