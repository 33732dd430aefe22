package io.kubehv.vmbus.adapter;

import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.hotplug.GuestNetwork;
import io.kubehv.hv.hotplug.PresentAdapter;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Brings the network adapters of one running VM towards what its spec says, and tells of those that came or are to leave
 * while it runs. Each look begins with what QEMU has. For one thread: its session's.
 */
public final class AdapterControl {
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration SELDOM = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofSeconds(30);

    /** A guest that obeys lets go of an adapter in far less. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String ATTACHED = "Attached";
    private static final String DETACHING = "Detaching";
    private static final String NOT_RELEASED = "NotReleased";
    private static final String DETACHED = "Detached";
    private static final String PENDING = "Pending";
    private static final String FAILED = "Failed";

    private final SearchDomains domains;
    private final LongSupplier nanoTime;

    private List<WantedAdapter> wanted = List.of();
    private GuestNetwork guest = new GuestNetwork("", List.of(), false);
    private boolean wantedIsKnown;
    private OwnAdapters own;
    /** By adapter: since when it has been on its way out. */
    private final Map<String, Long> leavingSince = new HashMap<>();
    /** By what was tried: what went wrong last, and when. */
    private final Map<AdapterStep, Failure> failures = new HashMap<>();
    /** By adapter: what QEMU was told of its cable, since it was connected. */
    private final Map<String, Boolean> cables = new HashMap<>();

    private boolean settled;
    private boolean asAtStart = true;
    private List<AttachedAdapter> statuses = List.of();
    private long due;

    private record Failure(String why, long at) {}

    public AdapterControl(OwnAdapters own, SearchDomains domains, LongSupplier nanoTime) {
        this.own = own;
        this.domains = domains;
        this.nanoTime = nanoTime;
        this.due = nanoTime.getAsLong();
    }

    /** The VM's object, as it is now. */
    public void wants(VirtualMachine machine) {
        List<WantedAdapter> now = WantedAdapter.of(machine);
        guest = new GuestNetwork(
                machine.getMetadata().getName(),
                domains.of(machine.getMetadata().getNamespace()),
                own.ipv6());
        if (!wantedIsKnown || !now.equals(wanted)) {
            wanted = now;
            wantedIsKnown = true;
            failures.clear();
            lookNow();
        }
    }

    /** What the VM's pod says. */
    public void podIs(OwnAdapters adapters) {
        if (!adapters.equals(own)) {
            own = adapters;
            guest = new GuestNetwork(guest.hostName(), guest.searchDomains(), adapters.ipv6());
            failures.clear();
            lookNow();
        }
    }

    private void lookNow() {
        due = nanoTime.getAsLong();
    }

    /** What the VM's status is to say of adapters that came or are to leave while it runs. */
    public List<AttachedAdapter> statuses() {
        return statuses;
    }

    /** Whether the machine had, when it was looked at last, the adapters that it was started with, and no others. */
    public boolean areAsAtStart() {
        return asAtStart;
    }

    /** A QEMU is connected: what it has is known before anything is told of it. */
    public void connected(AdapterDevices devices) {
        cables.clear();
        settled = false;
        describe(devices.present(), List.of());
        lookNow();
    }

    /** Puts cables in and pulls them out, also before the guest runs: it must not see one in that is to be out. */
    public void cables(AdapterDevices devices) {
        for (WantedAdapter adapter : wanted) {
            if (own.adapters().containsKey(adapter.name())) {
                cable(devices, adapter);
            }
        }
    }

    private void cable(AdapterDevices devices, WantedAdapter adapter) {
        if (Boolean.valueOf(adapter.connected()).equals(cables.get(adapter.name()))) {
            return;
        }
        try {
            devices.cable(adapter.name(), adapter.connected());
        } catch (HypervisorRefusedException e) {
            // It is not there: when it comes, its cable is looked after.
        }
        cables.put(adapter.name(), adapter.connected());
    }

    /**
     * Goes as far as it can at once, where it is time to.
     *
     * @return after what time to call again, if nothing happens before
     */
    public Duration step(AdapterDevices devices) {
        long left = due - nanoTime.getAsLong();
        if (left > 0 || !wantedIsKnown) {
            return left > 0 ? Duration.ofNanos(left) : QUIET;
        }
        if (!settled) {
            // A memory that was loaded meanwhile knows of cables, too.
            settled = true;
            cables.clear();
        }
        Duration next = QUIET;
        List<AdapterStep> steps = new AdapterDecision(wanted, own, devices.places()).steps(devices.present());
        leavingSince.keySet().retainAll(leaving(steps));
        failures.keySet().retainAll(new HashSet<>(steps));
        for (AdapterStep step : steps) {
            Duration wait = take(devices, step);
            next = wait.compareTo(next) < 0 ? wait : next;
        }
        List<PresentAdapter> present = devices.present();
        present.forEach(adapter -> plugIn(devices, adapter));
        describe(present, steps);
        due = nanoTime.getAsLong() + next.toNanos();
        return next;
    }

    /** Of one that has come the cable is in, whatever was said of its predecessor. */
    private void plugIn(AdapterDevices devices, PresentAdapter present) {
        wanted.stream()
                .filter(adapter -> adapter.name().equals(present.name()) && present.plugged())
                .forEach(adapter -> cable(devices, adapter));
    }

    private static Set<String> leaving(List<AdapterStep> steps) {
        return steps.stream()
                .filter(AdapterStep.Remove.class::isInstance)
                .map(AdapterStep::name)
                .collect(Collectors.toSet());
    }

    private Duration take(AdapterDevices devices, AdapterStep step) {
        return switch (step) {
            case AdapterStep.Remove(String name) -> remove(devices, name);
            case AdapterStep.Wait _ -> QUIET;
            case AdapterStep.Add add ->
                attempt(step, () -> {
                    cables.remove(add.name());
                    devices.add(add.adapter(), add.place(), guest);
                });
            case AdapterStep.Open open ->
                attempt(
                        step,
                        () -> devices.open(open.name(), open.forward())
                                .ifPresent(why -> failures.put(step, new Failure(why, nanoTime.getAsLong()))));
            case AdapterStep.Close close -> attempt(step, () -> devices.close(close.name(), close.forward()));
        };
    }

    private Duration remove(AdapterDevices devices, String name) {
        leavingSince.putIfAbsent(name, nanoTime.getAsLong());
        cables.remove(name);
        if (devices.remove(name)) {
            leavingSince.remove(name);
            return SOON;
        }
        return isOverdue(name) ? SELDOM : SOON;
    }

    private boolean isOverdue(String name) {
        Long since = leavingSince.get(name);
        return since != null && nanoTime.getAsLong() - since >= PATIENCE.toNanos();
    }

    private Duration attempt(AdapterStep step, Runnable attempt) {
        Failure before = failures.get(step);
        if (before != null && nanoTime.getAsLong() - before.at() < RETRY.toNanos()) {
            return RETRY;
        }
        failures.remove(step);
        try {
            attempt.run();
        } catch (HypervisorRefusedException e) {
            failures.put(step, new Failure(String.valueOf(e.getMessage()), nanoTime.getAsLong()));
        }
        return failures.containsKey(step) ? RETRY : SOON;
    }

    private void describe(List<PresentAdapter> present, List<AdapterStep> steps) {
        Map<String, AttachedAdapter> said = new TreeMap<>();
        for (PresentAdapter adapter : present) {
            String name = adapter.name();
            if (leavingSince.containsKey(name)) {
                said.put(name, leaving(name));
            } else if (!own.isAsAtStart(adapter) && adapter.plugged()) {
                said.put(name, new AttachedAdapter(name, true, ATTACHED, null));
            }
        }
        asAtStart = present.size() == own.adapters().size() && present.stream().allMatch(own::isAsAtStart);
        detached(present).forEach(name -> said.put(name, new AttachedAdapter(name, false, DETACHED, null)));
        for (AdapterStep step : steps) {
            if (step instanceof AdapterStep.Wait(String name, String why) && !said.containsKey(name)) {
                said.put(name, new AttachedAdapter(name, false, PENDING, why));
            }
        }
        failures.forEach((step, failure) -> {
            boolean there = !(step instanceof AdapterStep.Add);
            said.put(step.name(), new AttachedAdapter(step.name(), there, FAILED, failure.why()));
        });
        statuses = List.copyOf(said.values());
    }

    /** Adapters that nobody wants or has any more, whose ports of virtual switches may go now. */
    private List<String> detached(List<PresentAdapter> present) {
        return own.ports().keySet().stream()
                .filter(name -> wantedIsKnown
                        && wanted.stream().noneMatch(adapter -> adapter.name().equals(name))
                        && present.stream().noneMatch(adapter -> adapter.name().equals(name)))
                .toList();
    }

    private AttachedAdapter leaving(String name) {
        return isOverdue(name)
                ? new AttachedAdapter(
                        name,
                        true,
                        NOT_RELEASED,
                        "the guest does not let go of it; it is asked again and again, and a restart of the VM ends it")
                : new AttachedAdapter(name, true, DETACHING, "the guest has not let go of it yet");
    }
}
