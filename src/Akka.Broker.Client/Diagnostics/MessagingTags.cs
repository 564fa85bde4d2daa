namespace Akka.Broker.Client.Diagnostics;

/// <summary>OpenTelemetry's attributes of messaging that this client fills in.</summary>
internal static class MessagingTags
{
    public const string System = "messaging.system";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string Destination = "messaging.destination.name";
    public const string Partition = "messaging.destination.partition.id";
    public const string ConsumerGroup = "messaging.consumer.group.name";
    public const string ClientId = "messaging.client.id";
    public const string Offset = "messaging.kafka.offset";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";

    /// <summary>The value of <see cref="System"/> of whatever speaks this protocol.</summary>
    public const string Kafka = "kafka";
}
