package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Intent.AWAIT;
import static io.kubehv.operator.virtualmachine.Intent.CLEAR;
import static io.kubehv.operator.virtualmachine.Intent.DISCARD;
import static io.kubehv.operator.virtualmachine.Intent.FOLLOW_GUEST;
import static io.kubehv.operator.virtualmachine.Intent.PUT_AWAY;
import static io.kubehv.operator.virtualmachine.Intent.RECOVER;
import static io.kubehv.operator.virtualmachine.Intent.REST;
import static io.kubehv.operator.virtualmachine.Intent.RESUME;
import static io.kubehv.operator.virtualmachine.Intent.SAVE;
import static io.kubehv.operator.virtualmachine.Intent.START;
import static io.kubehv.operator.virtualmachine.Intent.STOP;

import io.kubehv.api.v1alpha1.PowerState;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The whole of a VM's power behaviour: where it is, where it should be, what follows. */
public final class PowerTable {
    private static final Map<Lifecycle, Map<PowerState, Intent>> TABLE = new EnumMap<>(Lifecycle.class);

    static {
        //                        Running       Paused        Off       Saved
        row(Lifecycle.OFF, /*  */ START, /*  */ START, /*  */ REST, /**/ REST);
        row(Lifecycle.SAVED, /**/ RESUME, /* */ RESUME, /* */ DISCARD, REST);
        row(Lifecycle.REVERTED, FOLLOW_GUEST, FOLLOW_GUEST, CLEAR, CLEAR);
        row(Lifecycle.STARTING, AWAIT, /*    */ AWAIT, /*  */ STOP, /**/ AWAIT);
        row(Lifecycle.UP, /*   */ REST, /*   */ REST, /*   */ STOP, /**/ SAVE);
        row(Lifecycle.SAVE_DONE, PUT_AWAY, PUT_AWAY, /*    */ PUT_AWAY, PUT_AWAY);
        row(Lifecycle.STOPPING, AWAIT, /*    */ AWAIT, /*  */ AWAIT, /* */ AWAIT);
        row(Lifecycle.SHUT_DOWN, FOLLOW_GUEST, FOLLOW_GUEST, CLEAR, CLEAR);
        row(Lifecycle.CRASHED, RECOVER, RECOVER, /*        */ CLEAR, /* */ CLEAR);
        row(Lifecycle.UNFIT, RECOVER, RECOVER, /*          */ CLEAR, /* */ CLEAR);
    }

    private PowerTable() {}

    /** What follows for a VM that is at {@code lifecycle} and should be {@code wanted}. */
    public static Intent intent(Lifecycle lifecycle, PowerState wanted) {
        return Objects.requireNonNull(
                Objects.requireNonNull(TABLE.get(lifecycle)).get(wanted));
    }

    private static void row(Lifecycle lifecycle, Intent running, Intent paused, Intent off, Intent saved) {
        List<Intent> intents = List.of(running, paused, off, saved);
        Map<PowerState, Intent> row = new EnumMap<>(PowerState.class);
        List<PowerState> order = List.of(PowerState.RUNNING, PowerState.PAUSED, PowerState.OFF, PowerState.SAVED);
        for (int i = 0; i < intents.size(); i++) {
            row.put(order.get(i), intents.get(i));
        }
        TABLE.put(lifecycle, row);
    }
}
