package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** The request, and then the record, that a VM or a checkpoint is copied to a folder or a web server. */
@JsonClassDescription(
        "Copies a VirtualMachine or a Checkpoint to a folder on a volume or to a web server, once, for an Import to make a VM of. The object stays as the record of it; deleting it leaves what was exported.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("Export")
@ShortNames("vmexport")
@AdditionalPrinterColumn(name = "VM", jsonPath = ".status.virtualMachine", getDescription = "What it is of")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", getDescription = "How far it is")
@AdditionalPrinterColumn(
        name = "Progress",
        jsonPath = ".status.progress",
        getDescription = "How much of the disks is copied")
@AdditionalPrinterColumn(name = "Location", jsonPath = ".status.location", getDescription = "Where it is")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
        name = "Bytes",
        jsonPath = ".status.bytes",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public class Export extends CustomResource<ExportSpec, ExportStatus> implements Namespaced {}
