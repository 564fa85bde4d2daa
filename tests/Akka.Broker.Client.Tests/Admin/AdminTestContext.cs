using Akka.Broker.Client.Admin;
using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Client.Tests.Support;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Admin;

/// <summary>An administrator of a cluster that the spec plays: retries come at once, and time passes only when an answer lets it.</summary>
internal sealed class AdminTestContext
{
    public AdminTestContext()
    {
        var config = ConfigurationFactory.ParseString("akka.broker.client { retry-backoff = 0s, retry-backoff-max = 0s, api-timeout = 60s }");
        Client = new AdminClient(new AdminParts(Cluster, ClientSettings.Of(config), AdminSettings.Of(config), Time, new Random(1)));
        // Two brokers that lead a partition each of a topic that nobody asks about.
        Cluster.SetTopic("other", 1, 2);
        Cluster.Answer<MetadataRequest, MetadataResponse>((_, request) => Metadata(request));
        Cluster.Answer<FindCoordinatorRequest, FindCoordinatorResponse>((_, request) => new FindCoordinatorResponse { NodeId = CoordinatorOf(request.Key) });
    }

    public MemoryClusterClient Cluster { get; } = new();

    public ManualTime Time { get; } = new();

    public AdminClient Client { get; }

    /// <summary>The leaders of topics as metadata tell them; a topic that is missing does not exist.</summary>
    public Dictionary<string, int[]> Leaders { get; } = [];

    /// <summary>Every group's coordinator.</summary>
    public Func<string, int> CoordinatorOf { get; set; } = _ => 1;

    /// <summary>What was asked of that kind, with whom it was asked of; -1: of anybody.</summary>
    public IReadOnlyList<(int BrokerId, TRequest Request)> Asked<TRequest>() where TRequest : IRequest =>
        [.. Cluster.Asked.Where(asked => asked.Request is TRequest).Select(asked => (asked.BrokerId, (TRequest)asked.Request))];

    private MetadataResponse Metadata(MetadataRequest request) => new()
    {
        Topics = [.. (request.Topics?.Select(topic => topic.Name!) ?? Leaders.Keys).Select(MetadataOf)],
    };

    private MetadataResponse.MetadataResponseTopic MetadataOf(string name) => Leaders.TryGetValue(name, out var leaders)
        ? new()
        {
            Name = name,
            Partitions = [.. leaders.Select((leader, i) => new MetadataResponse.MetadataResponsePartition { PartitionIndex = i, LeaderId = leader })],
        }
        : new() { Name = name, ErrorCode = ErrorCode.UnknownTopicOrPartition };
}
