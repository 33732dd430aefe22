/**
 * A VM's memory in a file on a volume: written whole or not at all, and used once at most. It knows files and sockets
 * and neither QEMU's commands nor Kubernetes.
 */
@NullMarked
package io.kubehv.vmbus.saving;

import org.jspecify.annotations.NullMarked;
