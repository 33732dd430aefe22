package io.kubehv.vmbus.adapter;

import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.hotplug.Forward;
import io.kubehv.hv.hotplug.GuestNetwork;
import io.kubehv.hv.hotplug.PresentAdapter;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The network adapters of a QEMU that obeys, or that keeps what it is to let go of for a while. */
public final class FakeAdapters implements AdapterDevices {
    public final List<String> orders = new ArrayList<>();
    public final List<PresentAdapter> present = new ArrayList<>();
    /** The taps of those that were added, by name. */
    public final Map<String, Tap> taps = new HashMap<>();

    public Set<Integer> places = Set.of(0, 1, 2);
    /** How many more times it keeps what it is to let go of. */
    public int clings;

    public boolean refuses;
    /** The port that something else has taken; 0: none. */
    public int takenPort;

    @Override
    public Set<Integer> places() {
        return places;
    }

    @Override
    public List<PresentAdapter> present() {
        return List.copyOf(present);
    }

    @Override
    public void add(NetworkAdapter adapter, int place, GuestNetwork guest) {
        Optional.ofNullable(adapter.tap()).ifPresent(tap -> taps.put(adapter.name(), tap));
        String tap = adapter.tap() == null ? null : adapter.tap().device();
        orders.add("add " + adapter.name() + " at " + place
                + (tap == null ? " in " + guest.searchDomains() : " on " + tap));
        if (refuses) {
            throw new HypervisorRefusedException("no such tap", new IOException("no such tap"));
        }
        present.add(new PresentAdapter(adapter.name(), adapter.macAddress(), place, tap, true, Set.of()));
    }

    @Override
    public boolean remove(String name) {
        orders.add("remove " + name);
        if (clings > 0) {
            clings--;
            return false;
        }
        present.removeIf(adapter -> adapter.name().equals(name));
        return true;
    }

    @Override
    public Optional<String> open(String name, Forward forward) {
        orders.add("open " + name + " " + forward.protocol() + " " + forward.port());
        if (forward.port() == takenPort) {
            return Optional.of("could not set up");
        }
        forwards(name, before -> {
            before.add(forward);
            return before;
        });
        return Optional.empty();
    }

    @Override
    public void close(String name, Forward forward) {
        orders.add("close " + name + " " + forward.protocol() + " " + forward.port());
        forwards(name, before -> {
            before.remove(forward);
            return before;
        });
    }

    private void forwards(String name, UnaryOperator<Set<Forward>> change) {
        present.replaceAll(adapter -> adapter.name().equals(name)
                ? new PresentAdapter(
                        name,
                        adapter.macAddress(),
                        adapter.place(),
                        adapter.tap(),
                        adapter.came(),
                        change.apply(new HashSet<>(adapter.forwards())))
                : adapter);
    }

    @Override
    public void cable(String name, boolean connected) {
        orders.add((connected ? "plug in " : "pull out ") + name);
        if (present.stream().noneMatch(adapter -> adapter.name().equals(name))) {
            throw new HypervisorRefusedException("no such device", new IOException("no such device"));
        }
    }
}
