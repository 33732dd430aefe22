/**
 * The device plug-in that offers the hypervisor to the kubelet: gRPC over UNIX sockets in the kubelet's directory.
 * The messages in {@code v1beta1} are generated from the kubelet's own definition.
 */
@NullMarked
package io.kubehv.vmbus.deviceplugin;

import org.jspecify.annotations.NullMarked;
