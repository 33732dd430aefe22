package io.kubehv.cni.endpoint;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.spec.CniCall;
import io.kubehv.cni.spec.CniResult;
import io.kubehv.cni.switching.PortService;
import io.kubehv.cni.switching.PortService.PodNetwork;
import java.util.Optional;

/** Answers the runtime's calls. */
final class CallHandler {
    private final PortService ports;

    CallHandler(PortService ports) {
        this.ports = ports;
    }

    /** What the runtime reads where all went well. */
    String handle(CniCall call) throws SwitchException {
        return switch (call.command()) {
            case ADD -> add(call);
            case DEL -> {
                ports.remove(call.containerId(), call.interfaceName());
                yield "";
            }
            case CHECK -> {
                Optional<PodNetwork> network = call.network();
                if (network.isPresent()) {
                    ports.check(call.attachment(), network.get());
                } else {
                    ports.check(call.attachment(), call.ports());
                }
                yield "";
            }
            case GC -> {
                ports.collect(call.network().map(PodNetwork::network), call.validAttachments());
                yield "";
            }
            case STATUS -> {
                String reason = ports.unavailable();
                if (reason != null) {
                    throw new SwitchException.Unavailable(reason);
                }
                yield "";
            }
        };
    }

    private String add(CniCall call) throws SwitchException {
        Optional<PodNetwork> network = call.network();
        if (network.isEmpty()) {
            String result = call.previousResult();
            ports.add(call.attachment(), call.ports());
            return result;
        }
        if (call.hasPreviousResult()) {
            throw new SwitchException.InvalidConfiguration(
                    "with a switch, this plug-in makes the pod's interface and stands first in its network's list");
        }
        return CniResult.of(call.version(), call.namespacePath(), ports.attach(call.attachment(), network.get()));
    }
}
