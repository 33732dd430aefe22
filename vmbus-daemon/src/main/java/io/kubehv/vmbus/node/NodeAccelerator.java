package io.kubehv.vmbus.node;

import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.vmbus.deviceplugin.AcceleratorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What runs guests' instructions on this node, found by running some. It is looked at when the daemon starts, and again
 * from time to time while the processor does not do it: a kernel module may come later. What once worked is believed.
 */
public final class NodeAccelerator implements AcceleratorSource, AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeAccelerator.class.getName());
    private static final long MINUTES_BETWEEN_LOOKS = 10;
    private static final Set<PosixFilePermission> FOR_OTHERS =
            Set.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    private final BooleanSupplier kvmRunsGuests;
    private final Path device;
    private final Consumer<Accelerator> whenKnown;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("accelerator").factory());
    private volatile Accelerator current = Accelerator.TCG;

    /**
     * The accelerator of a node, not looked at yet.
     *
     * @param kvmRunsGuests the probe; it may take some milliseconds
     * @param device the device of KVM
     * @param whenKnown is told after the first look, and when it has changed
     */
    public NodeAccelerator(BooleanSupplier kvmRunsGuests, Path device, Consumer<Accelerator> whenKnown) {
        this.kvmRunsGuests = kvmRunsGuests;
        this.device = device;
        this.whenKnown = whenKnown;
    }

    /** Looks now, so that what is offered from here on is known to work. */
    public void start() {
        current = look();
        LOG.log(Level.INFO, () -> "guests run by " + current);
        whenKnown.accept(current);
        var _ = looks.scheduleWithFixedDelay(
                this::lookAgain, MINUTES_BETWEEN_LOOKS, MINUTES_BETWEEN_LOOKS, TimeUnit.MINUTES);
    }

    private Accelerator look() {
        return kvmRunsGuests.getAsBoolean() ? Accelerator.KVM : Accelerator.TCG;
    }

    private void lookAgain() {
        if (current == Accelerator.TCG && look() == Accelerator.KVM) {
            LOG.log(Level.INFO, "KVM works now");
            current = Accelerator.KVM;
            whenKnown.accept(Accelerator.KVM);
        }
    }

    public Accelerator current() {
        return current;
    }

    @Override
    public Accelerator forNewMachine() {
        if (current == Accelerator.KVM) {
            openForMachines();
        }
        return current;
    }

    /**
     * QEMU runs in no group of the node's, and a container's device has the mode that it has on the node. The mode for
     * others is systemd's own default for this device; which containers have the device at all is the kubelet's say.
     */
    private void openForMachines() {
        try {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(device);
            if (mode.addAll(FOR_OTHERS)) {
                Files.setPosixFilePermissions(device, mode);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't make " + device + " usable for VMs", e);
        }
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
