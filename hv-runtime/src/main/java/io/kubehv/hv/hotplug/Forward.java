package io.kubehv.hv.hotplug;

import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import java.util.Locale;

/**
 * A port of the guest that is reached at the same number of the pod's addresses.
 *
 * @param port 1 to 65535
 */
public record Forward(Protocol protocol, int port) {
    /** From all of the pod's addresses, as the command line has it. */
    String rule() {
        return outside() + "-:" + port;
    }

    String outside() {
        return protocol.name().toLowerCase(Locale.ROOT) + "::" + port;
    }
}
