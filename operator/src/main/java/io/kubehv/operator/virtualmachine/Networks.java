package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.AdapterNetwork;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NamespaceRule;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.operator.Owners;
import io.kubehv.operator.network.AddressPlan;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
import io.kubehv.operator.network.NetworkLookup;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.SwitchPorts;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts a VM's adapters on their switches: whether they may be there, and with which addresses. */
@ApplicationScoped
public class Networks {
    private static final int NO_VLAN = 0;

    private final Identities identities;
    private final HandedOut handedOut;
    private final MacPool pool;

    public Networks(Identities identities, HandedOut handedOut, MacPool pool) {
        this.identities = identities;
        this.handedOut = handedOut;
        this.pool = pool;
    }

    /** What the VM is, or would be if it were started now. The caller stores the identity before anything starts with it. */
    public MachineNetwork resolve(VirtualMachine machine, NetworkLookup lookup) {
        settle(machine);
        Identity identity = identities.complete(machine, lookup::hasMac);
        Map<String, String> macs = identity.macAddresses() == null ? Map.of() : identity.macAddresses();
        Map<String, AdapterNetwork> networks = new TreeMap<>();
        List<SwitchPort> ports = new ArrayList<>();
        List<Verdict> problems = new ArrayList<>();
        Map<String, Map<String, Integer>> mtus = new TreeMap<>();
        for (NetworkAdapter adapter : adapters(machine)) {
            String mac = macs.get(adapter.name());
            if (mac == null) {
                problems.add(exhausted(adapter));
            } else if (adapter.switchName() != null) {
                place(
                        new Placement(
                                machine, adapter, mac, known(identity, adapter), siblings(adapter, identity, networks)),
                        lookup,
                        networks,
                        ports,
                        problems);
                String switchName = adapter.switchName();
                Optional<VirtualSwitch> found = lookup.virtualSwitch(switchName);
                if (found.isPresent()) {
                    mtus.put(switchName, SwitchMtus.of(found.get()));
                }
            }
        }
        leaving(machine, identity).forEach(networks::putIfAbsent);
        return new MachineNetwork(
                new Identity(
                        identity.uuid(),
                        identity.generationId(),
                        identity.macAddresses(),
                        networks.isEmpty() ? null : networks),
                List.copyOf(ports),
                List.copyOf(problems),
                mtus);
    }

    /**
     * Lets a VM start with its MAC addresses, unless another runs with one of them: of two that ask at once, one is refused.
     * The default switch is no exception: the other adapter may be moved to where they meet.
     */
    public Optional<Verdict> admit(VirtualMachine machine, MachineNetwork network, NetworkLookup lookup) {
        Map<String, String> macs = network.identity().macAddresses();
        return adapters(machine).stream()
                .flatMap(adapter -> Optional.ofNullable(macs == null ? null : macs.get(adapter.name()))
                        .flatMap(mac -> admit(machine, adapter.name(), mac, lookup))
                        .stream())
                .findFirst();
    }

    /** Lets one adapter of a VM go to where another could meet it, unless another VM runs with its MAC address. */
    public Optional<Verdict> admit(VirtualMachine machine, String adapter, String mac, NetworkLookup lookup) {
        return lookup.runsWith(mac, machine.getMetadata().getUid())
                .or(() -> handedOut.take(start(mac), Owners.key(machine)))
                .map(other -> Verdict.no(
                        Reason.MAC_ADDRESS_IN_USE,
                        subject(adapter) + "the VirtualMachine " + other + " runs with its MAC address " + mac
                                + "; give one of them another macAddress, or turn the other off"));
    }

    /** What its status shows is no longer only handed out. */
    private void settle(VirtualMachine machine) {
        VirtualMachineStatus status = machine.getStatus();
        if (status == null || status.identity() == null) {
            return;
        }
        Identity identity = status.identity();
        if (status.podName() != null && identity.macAddresses() != null) {
            identity.macAddresses().values().forEach(mac -> handedOut.shown(start(mac), Owners.key(machine)));
        }
        if (identity.networks() != null) {
            identity.networks()
                    .forEach((adapter, network) -> Stream.ofNullable(network.addresses())
                            .flatMap(List::stream)
                            .forEach(address ->
                                    handedOut.shown(address(network.switchName(), address), owner(machine, adapter))));
        }
    }

    private static String start(String mac) {
        return "start/" + mac;
    }

    private static String address(String switchName, String address) {
        return "address/" + switchName + "/" + address;
    }

    private static String owner(VirtualMachine machine, String adapter) {
        return Owners.key(machine) + "/" + adapter;
    }

    /** The addresses that the VM's other adapters have on the same switch: those of no cache that tells of other VMs. */
    private static Set<String> siblings(
            NetworkAdapter adapter, Identity identity, Map<String, AdapterNetwork> networks) {
        Map<String, AdapterNetwork> others =
                new TreeMap<>(identity.networks() == null ? Map.of() : identity.networks());
        others.putAll(networks);
        others.remove(adapter.name());
        return others.values().stream()
                .filter(network -> network.switchName().equals(adapter.switchName()))
                .flatMap(network -> Stream.ofNullable(network.addresses()).flatMap(List::stream))
                .collect(Collectors.toSet());
    }

    /** What adapters have that the spec has no more and the running guest has still: nobody may get their addresses yet. */
    private static Map<String, AdapterNetwork> leaving(VirtualMachine machine, Identity identity) {
        VirtualMachineStatus status = machine.getStatus();
        if (status == null || status.podName() == null || identity.networks() == null) {
            return Map.of();
        }
        Map<String, AdapterNetwork> leaving = new TreeMap<>(identity.networks());
        adapters(machine).forEach(adapter -> leaving.remove(adapter.name()));
        Stream.ofNullable(status.networkAdapters())
                .flatMap(List::stream)
                .filter(told -> AdapterPlug.DETACHED.equals(told.reason()))
                .forEach(told -> leaving.remove(told.name()));
        return leaving;
    }

    /**
     * An adapter that is to be on a switch.
     *
     * @param siblings the addresses that the VM's other adapters on that switch have, or have had and may keep
     */
    private record Placement(
            VirtualMachine machine,
            NetworkAdapter adapter,
            String mac,
            @Nullable AdapterNetwork known,
            Set<String> siblings) {
        String switchName() {
            return String.valueOf(adapter.switchName());
        }

        /** What it has of this very switch. */
        List<String> addresses() {
            return known == null || known.addresses() == null || !isThere() ? List.of() : known.addresses();
        }

        /** Whether it was put on this very switch before. */
        boolean isThere() {
            return known != null && known.switchName().equals(switchName());
        }

        /** Its pod is there, or is about to be. */
        boolean runs() {
            VirtualMachineStatus status = machine.getStatus();
            return status != null && status.podName() != null;
        }

        String uid() {
            return machine.getMetadata().getUid();
        }
    }

    private void place(
            Placement placement,
            NetworkLookup lookup,
            Map<String, AdapterNetwork> networks,
            List<SwitchPort> ports,
            List<Verdict> problems) {
        Optional<VirtualSwitch> found = lookup.virtualSwitch(placement.switchName());
        Optional<Verdict> problem = access(placement, found, lookup);
        List<String> addresses = new ArrayList<>();
        if (problem.isEmpty()) {
            problem = found.flatMap(present -> addresses(placement, present, lookup, addresses));
        }
        problem = problem.or(() -> SwitchPorts.problem(placement.adapter())
                .map(words -> Verdict.no(Reason.VLAN_NOT_VALID, subject(placement.adapter()) + words)));
        problem = problem.or(() -> found.flatMap(present -> BandwidthRules.problem(placement.adapter(), present))
                .map(words -> Verdict.no(Reason.BANDWIDTH_NOT_VALID, subject(placement.adapter()) + words)));
        if (problem.isPresent()) {
            problems.add(problem.get());
            // It keeps what it has: what is in the way may pass.
            Optional.ofNullable(placement.known())
                    .ifPresent(known -> networks.put(placement.adapter().name(), known));
            return;
        }
        networks.put(
                placement.adapter().name(),
                new AdapterNetwork(placement.switchName(), addresses.isEmpty() ? null : List.copyOf(addresses)));
        ports.add(SwitchPorts.desired(placement.machine(), placement.adapter(), placement.mac(), addresses));
    }

    private static Optional<Verdict> access(Placement placement, Optional<VirtualSwitch> found, NetworkLookup lookup) {
        String subject = subject(placement.adapter());
        String name = "the VirtualSwitch \"" + placement.switchName() + "\"";
        if (found.isEmpty()) {
            return Optional.of(Verdict.no(
                    Reason.SWITCH_NOT_FOUND,
                    subject + "there is no VirtualSwitch \"" + placement.switchName()
                            + "\"; create it, or leave switch out for the default switch"));
        }
        if (found.get().getMetadata().getDeletionTimestamp() != null && !placement.runs()) {
            return Optional.of(
                    Verdict.no(Reason.SWITCH_NOT_FOUND, subject + name + " is being deleted; use another switch"));
        }
        String namespace = placement.machine().getMetadata().getNamespace();
        NamespaceRule rule = new NamespaceRule(found.get().getSpec().allowedNamespaces());
        return rule.lets(lookup.namespaceLabels(namespace))
                ? Optional.empty()
                : Optional.of(Verdict.no(
                        Reason.NAMESPACE_NOT_ALLOWED,
                        subject + name + " does not let the namespace \"" + namespace
                                + "\" in: label the namespace so that it fits the switch's allowedNamespaces ("
                                + rule.words() + "), or use another switch"));
    }

    /** Fills in an address a subnet of the adapter's VLAN. Those that it has it keeps while it runs, and after that while they suit. */
    private Optional<Verdict> addresses(
            Placement placement, VirtualSwitch present, NetworkLookup lookup, List<String> addresses) {
        if (placement.runs() && placement.isThere()) {
            addresses.addAll(placement.addresses());
            return Optional.empty();
        }
        List<SwitchSubnet> subnets = present.getSpec().subnets();
        for (SwitchSubnet subnet : subnets == null ? List.<SwitchSubnet>of() : subnets) {
            if (vlan(subnet) != vlan(placement.adapter())) {
                continue;
            }
            AddressPlan plan;
            try {
                plan = new AddressPlan(subnet);
            } catch (IllegalArgumentException e) {
                return Optional.of(Verdict.no(
                        Reason.SUBNET_NOT_VALID,
                        subject(placement.adapter()) + "the VirtualSwitch \"" + placement.switchName()
                                + "\" can't give it an address: " + e.getMessage()));
            }
            Optional<Verdict> problem = address(placement, plan, lookup, addresses);
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static int vlan(SwitchSubnet subnet) {
        return subnet.vlan() == null ? NO_VLAN : subnet.vlan();
    }

    /** The VLAN of what the guest sends without a tag. */
    private static int vlan(NetworkAdapter adapter) {
        Vlan vlan = adapter.vlan();
        if (vlan == null) {
            return NO_VLAN;
        }
        if (vlan.access() != null) {
            return vlan.access().id();
        }
        if (vlan.privateVlan() != null) {
            return vlan.privateVlan().primary();
        }
        return vlan.trunk() == null || vlan.trunk().nativeId() == null
                ? NO_VLAN
                : vlan.trunk().nativeId();
    }

    private Optional<Verdict> address(
            Placement placement, AddressPlan plan, NetworkLookup lookup, List<String> addresses) {
        Optional<String> kept = placement.addresses().stream()
                .filter(address -> plan.suits(address, placement.mac()))
                .findFirst();
        if (kept.isPresent()) {
            addresses.add(kept.get());
            return Optional.empty();
        }
        Optional<String> reserved = plan.reserved(placement.mac());
        if (reserved.isPresent()) {
            Optional<String> other = holder(placement, reserved.get(), lookup);
            if (other.isEmpty()) {
                addresses.add(reserved.get());
            }
            return other.map(name -> Verdict.no(
                    Reason.ADDRESS_IN_USE,
                    subject(placement.adapter()) + "the address " + reserved.get()
                            + " that is reserved for it is that of " + name
                            + "; restart that VM, which gets another one, or change the reservation"));
        }
        Optional<String> free =
                plan.next(address -> holder(placement, address, lookup).isEmpty());
        free.ifPresent(addresses::add);
        return free.isPresent()
                ? Optional.empty()
                : Optional.of(Verdict.no(
                        Reason.ADDRESSES_EXHAUSTED,
                        subject(placement.adapter()) + "all addresses of the subnet " + plan.cidr()
                                + " of the VirtualSwitch \"" + placement.switchName() + "\" are in use (" + plan.words()
                                + "); widen the subnet or its dhcp.range, or remove VMs from the switch"));
    }

    private Optional<String> holder(Placement placement, String address, NetworkLookup lookup) {
        // Others' addresses are in the caches, which leave this VM's own out.
        return Optional.of(Owners.key(placement.machine()))
                .filter(_ -> placement.siblings().contains(address))
                .or(() -> lookup.holder(placement.switchName(), address, placement.uid()))
                .or(() -> handedOut.take(
                        address(placement.switchName(), address),
                        owner(placement.machine(), placement.adapter().name())));
    }

    private Verdict exhausted(NetworkAdapter adapter) {
        return Verdict.no(
                Reason.MAC_ADDRESSES_EXHAUSTED,
                subject(adapter) + "all " + pool.size()
                        + " dynamic MAC addresses are in use; delete VMs, give it a macAddress, or raise the operator's"
                        + " KUBEHV_MAC_POOL_SIZE");
    }

    private static @Nullable AdapterNetwork known(Identity identity, NetworkAdapter adapter) {
        return identity.networks() == null ? null : identity.networks().get(adapter.name());
    }

    private static List<NetworkAdapter> adapters(VirtualMachine machine) {
        List<NetworkAdapter> adapters = machine.getSpec().networkAdapters();
        return adapters == null ? List.of() : adapters;
    }

    private static String subject(NetworkAdapter adapter) {
        return subject(adapter.name());
    }

    private static String subject(String adapter) {
        return "network adapter \"" + adapter + "\": ";
    }
}
