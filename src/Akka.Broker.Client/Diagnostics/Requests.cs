using System.Diagnostics;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>The durations of requests, whoever makes them.</summary>
internal static class Requests
{
    public static void Done(string operation, string type, string? group, BrokerNode? broker, long elapsedMs, ErrorCode error)
    {
        if (!ClientInstruments.OperationDuration.Enabled)
            return;
        var tags = new TagList
        {
            { MessagingTags.System, MessagingTags.Kafka },
            { MessagingTags.OperationName, operation },
            { MessagingTags.OperationType, type },
        };
        if (broker is not null)
        {
            tags.Add(MessagingTags.ServerAddress, broker.Host);
            tags.Add(MessagingTags.ServerPort, broker.Port);
        }

        if (group is not null)
            tags.Add(MessagingTags.ConsumerGroup, group);
        if (error != ErrorCode.None)
            tags.Add(MessagingTags.ErrorType, Failures.NameOf(error));
        ClientInstruments.OperationDuration.Record(elapsedMs / 1000d, tags);
    }
}
