package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointSpec;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.AutomaticCheckpoints;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * As Hyper-V on a client: when a VM with {@code automaticCheckpoints} has started and has no checkpoint, one is taken; when it
 * was shut down in order, that one goes. A checkpoint is a courtesy here: what can't be written is told to the log.
 */
@ApplicationScoped
public class AutomaticCheckpointKeeper implements AutomaticCheckpoints {
    private static final Logger LOG = Logger.getLogger(AutomaticCheckpointKeeper.class);
    private static final String LABEL = KubeHV.GROUP + "/automatic-checkpoint";
    private static final String SUFFIX = "automatic";
    private static final Set<String> ON_ITS_WAY = Set.of("", Reason.STARTING.text(), Reason.RESTARTING.text());

    private final KubernetesClient client;
    private final CheckpointIndex index;

    public AutomaticCheckpointKeeper(KubernetesClient client, CheckpointIndex index) {
        this.client = client;
        this.index = index;
    }

    @Override
    public void moved(VirtualMachine machine, String before, Verdict ready) {
        try {
            if (ready.reason().equals(Reason.RUNNING.text())) {
                started(machine, before);
            } else if (ready.reason().equals(Reason.OFF.text())
                    || ready.reason().equals(Reason.GUEST_SHUT_DOWN.text())) {
                shutDown(machine);
            }
        } catch (KubernetesClientException e) {
            LOG.warnf(e, "%s: its automatic checkpoint", Owners.key(machine));
        }
    }

    private void started(VirtualMachine machine, String before) {
        String namespace = machine.getMetadata().getNamespace();
        String name = machine.getMetadata().getName();
        boolean asked = Boolean.TRUE.equals(machine.getSpec().automaticCheckpoints());
        if (!asked
                || !ON_ITS_WAY.contains(before)
                || !index.ofMachine(namespace, name).isEmpty()) {
            return;
        }
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.setMetadata(new ObjectMetaBuilder()
                .withName(DerivedName.of(name, SUFFIX))
                .withNamespace(namespace)
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(LABEL, "true")
                .build());
        checkpoint.setSpec(new CheckpointSpec(name, null));
        var _ = client.resource(checkpoint).create();
    }

    private void shutDown(VirtualMachine machine) {
        index
                .ofMachine(
                        machine.getMetadata().getNamespace(),
                        machine.getMetadata().getName())
                .stream()
                .filter(found -> found.getMetadata().getLabels() != null
                        && found.getMetadata().getLabels().containsKey(LABEL))
                .forEach(found -> {
                    var _ = client.resource(found).delete();
                });
    }
}
