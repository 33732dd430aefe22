package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.SwitchPorts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Network adapters that come to a running VM and leave it, their ports and cables: the VM's daemon does it; the operator
 * sees to the ports of virtual switches that they need, and says what waits for a restart. Pure.
 */
public final class AdapterPlug {
    private static final Pattern ADAPTER = Pattern.compile("^(networkAdapters\\[[^\\]]*]\\.)(.*)$");
    private static final Pattern NAME = Pattern.compile("^networkAdapters\\[([^\\]]*)]\\.name$");
    private static final Pattern SWITCH = Pattern.compile("^networkAdapters\\[[^\\]]*]\\.switch$");
    /** The guest has let go of it: it leaves its switch now. */
    static final String DETACHED = "Detached";

    private static final String NOT_RELEASED = "NotReleased";
    private static final String FAILED = "Failed";

    private AdapterPlug() {}

    /**
     * Whether the running VM takes on a field of its spec that has changed: of an adapter that came or left, where its
     * generation can have that, and of one that stayed its cable and, on the default switch, its ports.
     */
    static boolean isLive(String path, Map<String, String> then, Map<String, String> now) {
        Matcher adapter = ADAPTER.matcher(path);
        if (!adapter.matches()) {
            return false;
        }
        String prefix = adapter.group(1);
        boolean was = then.containsKey(prefix + "name");
        boolean is = now.containsKey(prefix + "name");
        if (was != is) {
            boolean needsSwitch = is && now.containsKey(prefix + "switch");
            return !"1".equals(now.get("generation")) && (!needsSwitch || hasSwitch(then));
        }
        boolean onSwitch = then.containsKey(prefix + "switch") || now.containsKey(prefix + "switch");
        return adapter.group(2).equals("connected") || (adapter.group(2).startsWith("ports[") && !onSwitch);
    }

    /** The adapters that a guest does not let go of: only a restart takes them away. */
    static Set<String> changes(Observed observed) {
        return told(observed)
                .filter(adapter -> NOT_RELEASED.equals(adapter.reason()))
                .map(adapter -> "networkAdapters[" + adapter.name() + "]")
                .collect(Collectors.toSet());
    }

    /** Only a pod that asked for a port of a switch when it was made is known to its node's switch daemon. */
    private static boolean hasSwitch(Map<String, String> fields) {
        return fields.keySet().stream().anyMatch(field -> SWITCH.matcher(field).matches());
    }

    /** The names of a spec's adapters, of its fields. */
    static Set<String> names(Map<String, String> fields) {
        return fields.keySet().stream()
                .map(NAME::matcher)
                .filter(Matcher::matches)
                .map(name -> name.group(1))
                .collect(Collectors.toSet());
    }

    /**
     * Whether the machine has other adapters than it was started with, or is about to: its memory could not go on in a pod
     * like the one that it is saved from.
     */
    public static boolean hasChanged(Observed observed) {
        boolean plugged = told(observed)
                .anyMatch(adapter -> !FAILED.equals(adapter.reason()) && !DETACHED.equals(adapter.reason()));
        return plugged
                || observed.podFacts()
                        .filter(pod -> SpecSnapshot.hasOtherAdapters(observed.machine(), pod))
                        .isPresent();
    }

    /** The ports of switches that the running VM's pod should ask for. */
    static List<SwitchPort> ports(Observed observed, Pod pod) {
        List<SwitchPort> desired = observed.network().ports();
        Set<String> wanted = adapters(observed).map(NetworkAdapter::name).collect(Collectors.toSet());
        Set<String> detached = told(observed)
                .filter(adapter -> DETACHED.equals(adapter.reason()))
                .map(AttachedAdapter::name)
                .collect(Collectors.toSet());
        List<SwitchPort> present = SwitchPorts.of(pod).stream()
                .filter(port -> wanted.contains(port.adapter()) || !detached.contains(port.adapter()))
                .toList();
        List<SwitchPort> ports = new ArrayList<>(SwitchPorts.live(present, desired));
        Set<String> there = present.stream().map(SwitchPort::adapter).collect(Collectors.toSet());
        VirtualMachineSpec spec = observed.machine().getSpec();
        boolean takes = !Objects.equals(spec.generation(), 1)
                && Lifecycle.of(observed) == Lifecycle.UP
                && pod.getMetadata().getAnnotations().containsKey(KubeHV.SWITCH_PORTS_ANNOTATION)
                && HotPlug.takes(observed);
        desired.stream()
                .filter(port -> takes && !there.contains(port.adapter()))
                .filter(port -> !startedWith(observed, port.adapter()))
                .forEach(ports::add);
        return ports.stream()
                .map(port -> port.mtu() == null && !isFromStart(observed, port.adapter(), there)
                        ? port.withMtu(observed.network()
                                .mtu(port.switchName(), pod.getSpec().getNodeName()))
                        : port)
                .toList();
    }

    /** The ports that a plan has the pod ask for and that it does not ask for yet. */
    static List<SwitchPort> added(Plan plan) {
        return plan.actions().stream()
                .filter(Action.ChangePorts.class::isInstance)
                .map(Action.ChangePorts.class::cast)
                .flatMap(change -> {
                    Set<String> there = SwitchPorts.of(change.pod()).stream()
                            .map(SwitchPort::adapter)
                            .collect(Collectors.toSet());
                    return change.ports().stream().filter(port -> !there.contains(port.adapter()));
                })
                .toList();
    }

    /** The plan without the port of an adapter that can't come now. */
    static Plan without(Plan plan, SwitchPort port, Verdict why) {
        List<Action> actions = plan.actions().stream()
                .map(action -> action instanceof Action.ChangePorts change
                        ? new Action.ChangePorts(
                                change.pod(),
                                change.ports().stream()
                                        .filter(other -> !other.equals(port))
                                        .toList())
                        : action)
                .filter(action -> !(action instanceof Action.ChangePorts change
                        && change.ports().equals(SwitchPorts.of(change.pod()))))
                .toList();
        return new Plan(plan.state(), why, actions, plan.again());
    }

    /** Whether it has had its port since the VM's start. */
    private static boolean isFromStart(Observed observed, String adapter, Set<String> there) {
        return there.contains(adapter)
                && observed.podFacts()
                        .filter(pod -> SpecSnapshot.had(pod, adapter))
                        .isPresent();
    }

    /** One that has moved to a switch from the default switch does so at the next start. */
    private static boolean startedWith(Observed observed, String adapter) {
        return observed.podFacts()
                .filter(pod -> SpecSnapshot.hadOnDefaultSwitch(pod, adapter))
                .isPresent();
    }

    private static Stream<NetworkAdapter> adapters(Observed observed) {
        List<NetworkAdapter> adapters = observed.machine().getSpec().networkAdapters();
        return adapters == null ? Stream.empty() : adapters.stream();
    }

    private static Stream<AttachedAdapter> told(Observed observed) {
        return observed.status().map(VirtualMachineStatus::networkAdapters).stream()
                .flatMap(List::stream);
    }
}
