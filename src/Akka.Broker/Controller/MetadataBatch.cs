using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Controller;

/// <summary>The controller's event: one decision, as the record batch that the metadata log stores. Offsets and epoch are assigned.</summary>
public sealed record MetadataBatch(RecordBatch Batch);
