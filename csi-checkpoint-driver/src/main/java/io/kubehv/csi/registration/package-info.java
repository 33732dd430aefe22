/**
 * Makes the driver known to the kubelet, which looks for sockets in its registry directory.
 */
@NullMarked
package io.kubehv.csi.registration;

import org.jspecify.annotations.NullMarked;
