/** QEMU's commands with types: what KubeHV asks of a running QEMU. Values that QEMU may add are open: an unknown one is data, not a failure. */
@NullMarked
package io.kubehv.hv.qmp.model;

import org.jspecify.annotations.NullMarked;
