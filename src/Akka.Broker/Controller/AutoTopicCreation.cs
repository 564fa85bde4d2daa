using System.Collections.Concurrent;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller;

/// <summary>
/// Topics on demand, through the controller. However many ask for one name at once, it is one command; a creation goes on for the others when one of
/// its askers gives up. Any thread.
/// </summary>
public sealed class AutoTopicCreation(ControllerClient controller, MetadataCache metadata) : ITopicCreation
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Lazy<Task<ErrorCode>>> _creating = new(StringComparer.Ordinal);

    public async ValueTask<ErrorCode> EnsureAsync(string topic, CancellationToken cancellation = default)
    {
        if (metadata.Current.TryGetTopic(topic, out _))
            return ErrorCode.None;
        if (TopicNames.Refuse(topic) is not null)
            return ErrorCode.InvalidTopicException;
        var creation = _creating.GetOrAdd(topic, name => new Lazy<Task<ErrorCode>>(() => CreateAsync(name)));
        return await creation.Value.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<ErrorCode> CreateAsync(string topic)
    {
        try
        {
            var request = new CreateTopicsRequest { Topics = [new() { Name = topic, NumPartitions = -1, ReplicationFactor = -1 }] };
            var response = await controller.AdministerAsync<CreateTopicsResponse>(request, Timeout).ConfigureAwait(false);
            var error = response.Topics[0].ErrorCode;
            return error == ErrorCode.TopicAlreadyExists ? ErrorCode.None : error;
        }
        catch (ControllerUnavailableException unavailable)
        {
            return unavailable.Error == ErrorCode.RequestTimedOut ? ErrorCode.LeaderNotAvailable : ErrorCode.BrokerNotAvailable;
        }
        finally
        {
            _creating.TryRemove(topic, out _);
        }
    }
}
