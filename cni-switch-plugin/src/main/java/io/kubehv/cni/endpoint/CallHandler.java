package io.kubehv.cni.endpoint;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.spec.CniCall;
import io.kubehv.cni.switching.PortService;

/** Answers the runtime's calls. */
final class CallHandler {
    private final PortService ports;

    CallHandler(PortService ports) {
        this.ports = ports;
    }

    /** What the runtime reads where all went well. */
    String handle(CniCall call) throws SwitchException {
        return switch (call.command()) {
            case ADD -> {
                String result = call.previousResult();
                ports.add(call.attachment(), call.ports());
                yield result;
            }
            case DEL -> {
                ports.remove(call.containerId(), call.interfaceName());
                yield "";
            }
            case CHECK -> {
                ports.check(call.attachment(), call.ports());
                yield "";
            }
            case GC -> {
                ports.collect(call.validAttachments());
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
}
