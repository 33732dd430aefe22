/** The node's CNI configuration, into whose chain of plug-ins ours is put, and out of which it is taken again. */
@NullMarked
package io.kubehv.cni.chain;

import org.jspecify.annotations.NullMarked;
