using System.Diagnostics;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>The durations of requests, whoever makes them.</summary>
internal static class Requests
{
    public static void Done(string operation, string type, string? group, string host, int port, TimeSpan elapsed, ErrorCode error)
    {
        if (!ClientInstruments.OperationDuration.Enabled)
            return;
        var tags = new TagList
        {
            { MessagingTags.System, MessagingTags.Kafka },
            { MessagingTags.OperationName, operation },
            { MessagingTags.OperationType, type },
            { MessagingTags.ServerAddress, host },
            { MessagingTags.ServerPort, port },
        };
        if (group is not null)
            tags.Add(MessagingTags.ConsumerGroup, group);
        if (error != ErrorCode.None)
            tags.Add(MessagingTags.ErrorType, Failures.NameOf(error));
        ClientInstruments.OperationDuration.Record(elapsed.TotalSeconds, tags);
    }
}
