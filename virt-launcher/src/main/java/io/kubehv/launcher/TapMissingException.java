package io.kubehv.launcher;

import java.io.IOException;

/** The pod lacks the tap of an adapter on a virtual switch: the next pod may have it, so the definition is not at fault. */
final class TapMissingException extends IOException {
    private static final long serialVersionUID = 1L;

    TapMissingException(String adapter, String device, IOException cause) {
        super(
                "network adapter \"" + adapter + "\": the pod has no interface \"" + device
                        + "\", by which it would be on its virtual switch; see that a pod of the DaemonSet cni-switch-plugin"
                        + " in kubehv-system runs on this node and has put its plug-in into the node's CNI configuration"
                        + " (its log tells). The VM is started again",
                cause);
    }
}
