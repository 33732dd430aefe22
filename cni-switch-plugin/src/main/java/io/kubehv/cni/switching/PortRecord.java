package io.kubehv.cni.switching;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.kubehv.api.v1alpha1.SwitchPort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of an attachment.
 *
 * @param attachment the pod's sandbox
 * @param ports what was asked for, made or not
 * @param network the name of the CNI network that is nothing but a switch, whose interface the pod uses itself; null: the ports are a
 *     VM's, behind the pod's own network
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record PortRecord(
        PortService.Attachment attachment,
        List<SwitchPort> ports,
        @Nullable String network) {
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
