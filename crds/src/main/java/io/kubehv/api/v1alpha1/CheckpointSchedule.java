package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Checkpoints that are taken at times of a schedule, as a CronJob makes Jobs, and that go when they are too many or too old. */
@JsonClassDescription(
        "Checkpoints of one VirtualMachine or of many, taken at the times of a schedule. It deletes those that it took when they are too many or too old, and no others.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("CheckpointSchedule")
@ShortNames("ckptsched")
@AdditionalPrinterColumn(name = "Schedule", jsonPath = ".spec.schedule", getDescription = "When they are taken")
@AdditionalPrinterColumn(name = "Suspend", jsonPath = ".spec.suspend", getDescription = "Whether none is taken")
@AdditionalPrinterColumn(
        name = "Last",
        jsonPath = ".status.lastScheduleTime",
        type = AdditionalPrinterColumn.Type.DATE,
        getDescription = "How long ago the last time was")
@AdditionalPrinterColumn(name = "Next", jsonPath = ".status.nextScheduleTime", getDescription = "When the next time is")
@AdditionalPrinterColumn(
        name = "Checkpoints",
        jsonPath = ".status.checkpoints",
        type = AdditionalPrinterColumn.Type.INTEGER,
        getDescription = "How many it keeps")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        getDescription = "True when nothing keeps it from taking the next")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Newest", jsonPath = ".status.lastCheckpoint", priority = 1)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public class CheckpointSchedule extends CustomResource<CheckpointScheduleSpec, CheckpointScheduleStatus>
        implements Namespaced {}
