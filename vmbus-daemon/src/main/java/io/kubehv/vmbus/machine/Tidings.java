package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.event.EventAllowance;
import io.kubehv.vmbus.event.MachineEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;

/** What of a QEMU's events is more than a reason to look again: users are told, and an end has its cause. For one thread. */
final class Tidings {
    private static final Logger LOG = System.getLogger(Tidings.class.getName());

    private final String name;
    private final MachineOutlet outlet;
    private final MachineControl control;
    private final Runnable portChanged;
    private final ResetEcho resets;
    private final EventAllowance allowance;

    private boolean shutdownSeen;
    private boolean panicked;

    /**
     * Of one VM's QEMU.
     *
     * @param name for the log
     * @param portChanged what follows when a program in the guest opens or closes its agent's port
     */
    Tidings(String name, MachineOutlet outlet, MachineControl control, Runnable portChanged, LongSupplier nanoTime) {
        this.name = name;
        this.outlet = outlet;
        this.control = control;
        this.portChanged = portChanged;
        this.resets = new ResetEcho(nanoTime);
        this.allowance = new EventAllowance(nanoTime);
    }

    void heard(HypervisorEvents.Happening happening) {
        switch (happening.name()) {
            case "SHUTDOWN" -> {
                shutdownSeen = true;
                panicked = "guest-panic".equals(happening.reason());
                if (happening.byGuest() && !control.isEndExpected() && !panicked) {
                    tell(MachineEvent.GUEST_SHUT_DOWN, happening);
                }
            }
            case "RESET" -> {
                control.wasReset();
                if (resets.isOneOfItsOwn() && happening.byGuest()) {
                    tell(MachineEvent.GUEST_RESET, happening);
                }
            }
            case "GUEST_PANICKED" -> tell(MachineEvent.GUEST_PANICKED, happening);
            case "BLOCK_IO_ERROR" -> {
                // A read-ahead that failed, or an error that the guest is told of itself, leaves the guest running.
                if ("stop".equals(happening.action())) {
                    tell(MachineEvent.DISK_FAILED, happening);
                }
            }
            case "VSERPORT_CHANGE" -> portChanged.run();
            default -> LOG.log(Level.DEBUG, () -> name + ": " + happening);
        }
    }

    /** QEMU is gone: what remains to be said of it. */
    void ended() {
        if (!shutdownSeen && !control.isEndExpected()) {
            outlet.happened(MachineEvent.QEMU_EXITED, "", "");
        }
        control.ended(shutdownSeen && !panicked);
    }

    private void tell(MachineEvent event, HypervisorEvents.Happening happening) {
        if (allowance.take(event)) {
            outlet.happened(event, happening.time(), "");
        } else {
            LOG.log(Level.DEBUG, () -> name + ": told too often to be told again: " + happening);
        }
    }
}
