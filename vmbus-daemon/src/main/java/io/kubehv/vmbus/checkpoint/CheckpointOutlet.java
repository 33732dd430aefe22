package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointCapture;

/** Where it is told how the taking of a checkpoint goes. Nobody waits for the network here. */
@FunctionalInterface
public interface CheckpointOutlet {
    /**
     * What the checkpoint's status is to say.
     *
     * @param whenThere is called once the API server has it, on another thread
     */
    void tell(CheckpointOrder order, CheckpointCapture capture, Runnable whenThere);
}
