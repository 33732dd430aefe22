/** What a virtual hard disk is made of in the cluster, one class each: what it should be and how to read it back. Pure. */
@NullMarked
package io.kubehv.operator.virtualharddisk.dependent;

import org.jspecify.annotations.NullMarked;
