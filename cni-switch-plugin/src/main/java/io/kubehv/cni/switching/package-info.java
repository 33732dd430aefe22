/**
 * The switches of this node and the ports of its pods: what is made, in which order, and what remembers it. Knows nothing of
 * how it is asked, nor of the cluster.
 */
@NullMarked
package io.kubehv.cni.switching;

import org.jspecify.annotations.NullMarked;
