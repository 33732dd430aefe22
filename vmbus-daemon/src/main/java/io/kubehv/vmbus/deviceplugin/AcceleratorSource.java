package io.kubehv.vmbus.deviceplugin;

import io.kubehv.api.v1alpha1.Accelerator;

/** Knows what runs guests' instructions on this node. */
@FunctionalInterface
public interface AcceleratorSource {
    /** The accelerator for a VM that is about to start; its device can be opened by the VM when this returns. */
    Accelerator forNewMachine();
}
