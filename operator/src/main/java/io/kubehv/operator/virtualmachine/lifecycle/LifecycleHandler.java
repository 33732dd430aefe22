package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;

/** What a pass does about a VM that is at one place in its life. */
public sealed interface LifecycleHandler
        permits CrashedHandler,
                OffHandler,
                RevertedHandler,
                SaveDoneHandler,
                SavedHandler,
                ShutDownHandler,
                StartingHandler,
                StoppingHandler,
                UnfitHandler,
                UpHandler {
    /** Carries out what the table of intents wants here. */
    Plan plan(Observed observed, Intent intent);
}
