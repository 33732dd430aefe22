/**
 * What the cluster says of switches and ports, taken on by this node, and what this node has made of them, told to the cluster. The
 * only package that knows the API server.
 */
@NullMarked
package io.kubehv.cni.cluster;

import org.jspecify.annotations.NullMarked;
