/** The Container Network Interface, version 1.1.0, as its specification has it: what a runtime asks and what it is answered. */
@NullMarked
package io.kubehv.cni.spec;

import org.jspecify.annotations.NullMarked;
