package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import java.util.List;

/**
 * What is remembered of an attachment.
 *
 * @param attachment the pod's sandbox
 * @param ports what was asked for, made or not
 */
record PortRecord(PortService.Attachment attachment, List<SwitchPort> ports) {
    PortRecord {
        ports = List.copyOf(ports);
    }

    ContainerInterface key() {
        return new ContainerInterface(attachment.containerId(), attachment.interfaceName());
    }

    /** The node's end of a port. */
    String link(SwitchPort port) {
        return LinkNames.port(attachment.containerId(), attachment.interfaceName(), port.adapter());
    }
}
