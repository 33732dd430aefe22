package io.kubehv.vmbus.adapter;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.hotplug.Forward;
import io.kubehv.hv.hotplug.PresentAdapter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * From what is wanted and what is there to what is done. Pure.
 *
 * <p>Which adapter is which is told by its MAC address and its tap: under one name there may be another than before. One
 * from the start leaves only when its name leaves the spec; that its name means another one holds from the next start.
 *
 * @param places all places that adapters can come to
 */
record AdapterDecision(List<WantedAdapter> wanted, OwnAdapters own, Set<Integer> places) {
    List<AdapterStep> steps(List<PresentAdapter> present) {
        Map<String, PresentAdapter> byName = new HashMap<>();
        present.forEach(adapter -> byName.put(adapter.name(), adapter));
        List<AdapterStep> steps = new ArrayList<>();
        for (PresentAdapter adapter : present) {
            if (leaves(adapter)) {
                steps.add(new AdapterStep.Remove(adapter.name()));
            }
        }
        Set<Integer> free = new TreeSet<>(places);
        free.removeAll(present.stream()
                .map(PresentAdapter::place)
                .filter(Objects::nonNull)
                .toList());
        for (WantedAdapter adapter : wanted) {
            PresentAdapter there = byName.get(adapter.name());
            if (there == null && !places.isEmpty()) {
                steps.add(addition(adapter, free));
            } else if (there != null && !leaves(there) && there.tap() == null && adapter.switchName() == null) {
                ports(adapter, there, steps);
            }
        }
        return steps;
    }

    private boolean leaves(PresentAdapter adapter) {
        if (!adapter.plugged()) {
            return true;
        }
        if (adapter.place() == null) {
            return false;
        }
        Optional<WantedAdapter> asked = wanted.stream()
                .filter(candidate -> candidate.name().equals(adapter.name()))
                .findFirst();
        // While its MAC address is not known it may well be the one that is wanted.
        return asked.map(
                        candidate -> !own.has(adapter) && candidate.macAddress() != null && !isSame(candidate, adapter))
                .orElse(true);
    }

    private static boolean isSame(WantedAdapter asked, PresentAdapter adapter) {
        boolean onSwitch = adapter.tap() != null;
        return String.valueOf(asked.macAddress()).equalsIgnoreCase(adapter.macAddress())
                && onSwitch == (asked.switchName() != null);
    }

    private AdapterStep addition(WantedAdapter adapter, Set<Integer> free) {
        String name = adapter.name();
        String macAddress = adapter.macAddress();
        if (macAddress == null) {
            return new AdapterStep.Wait(name, "it has no MAC address yet");
        }
        SwitchPort port = own.ports().get(name);
        String onSwitch = adapter.switchName();
        if (onSwitch != null && (port == null || !port.macAddress().equalsIgnoreCase(macAddress))) {
            return new AdapterStep.Wait(name, "it has no port on the switch \"" + onSwitch + "\" yet");
        }
        // One that the VM started with has no other answer to wait for.
        if (onSwitch != null
                && port != null
                && port.mtu() == null
                && !own.adapters().containsKey(name)) {
            return new AdapterStep.Wait(
                    name, "its node has not told yet how large the packets of the switch \"" + onSwitch + "\" may be");
        }
        Optional<Integer> place = free.stream().findFirst();
        if (place.isEmpty()) {
            return new AdapterStep.Wait(name, "all " + places.size() + " places are taken; another has to leave first");
        }
        free.remove(place.get());
        Tap tap = onSwitch == null || port == null ? null : new Tap(port.device(), port.queues(), port.mtu());
        return new AdapterStep.Add(
                new NetworkAdapter(name, macAddress, false, null, null, List.of(), tap, null), place.get());
    }

    private static void ports(WantedAdapter adapter, PresentAdapter there, List<AdapterStep> steps) {
        for (Forward forward : there.forwards()) {
            if (!adapter.forwards().contains(forward)) {
                steps.add(new AdapterStep.Close(adapter.name(), forward));
            }
        }
        for (Forward forward : adapter.forwards()) {
            if (!there.forwards().contains(forward)) {
                steps.add(new AdapterStep.Open(adapter.name(), forward));
            }
        }
    }
}
