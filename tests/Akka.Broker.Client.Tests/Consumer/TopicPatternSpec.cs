using System.Text.RegularExpressions;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>A subscription by pattern where metadata is never old.</summary>
public sealed class TopicPatternSpec() : Akka.TestKit.Xunit2.TestKit(ConfigurationFactory.ParseString("akka.broker.client.metadata.max-age = 1h").WithFallback(ConsumerTestContext.Config))
{
    [Fact]
    public void A_new_topic_is_found_with_the_next_rebalance()
    {
        var context = new ConsumerTestContext(Sys);
        context.Cluster.SetTopic("orders.eu", 1);
        string[] names = ["orders.eu"];
        context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) => Topics(Volatile.Read(ref names)));
        var consumer = Sys.ActorOf(ConsumerActor.Props(context.Client, Serializers.Utf8, Serializers.Utf8, TestActor));
        consumer.Tell(new SubscribePattern(new Regex("^orders")), TestActor);
        ExpectMsg<ConsumerDone>(TimeSpan.FromSeconds(20));
        context.Eventually(() => context.Group.HasMember && Subscriptions(context).LastOrDefault() == "orders.eu", "what matches is subscribed to");

        context.Cluster.SetTopic("orders.us", 1);
        Volatile.Write(ref names, ["orders.eu", "orders.us"]);
        context.Group.Assign(new TopicPartition("orders.eu", 0));

        context.Eventually(() => Subscriptions(context).LastOrDefault() == "orders.eu,orders.us", "the new topic is subscribed to");
    }

    [Fact]
    public void A_list_asked_for_before_a_rebalance_is_asked_for_again_after_it()
    {
        var context = new ConsumerTestContext(Sys);
        context.Cluster.SetTopic("orders.eu", 1);
        context.Cluster.SetTopic("orders.us", 1);
        var older = new TaskCompletionSource<MetadataResponse>();
        var lists = 0;
        context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) => Interlocked.Increment(ref lists) switch
        {
            1 => Task.FromResult(Topics("orders.eu")),
            2 => older.Task,
            _ => Task.FromResult(Topics("orders.eu", "orders.us")),
        });
        var consumer = Sys.ActorOf(ConsumerActor.Props(context.Client, Serializers.Utf8, Serializers.Utf8, TestActor));
        consumer.Tell(new SubscribePattern(new Regex("^orders")), TestActor);
        ExpectMsg<ConsumerDone>(TimeSpan.FromSeconds(20));
        context.Eventually(() => context.Group.HasMember && Volatile.Read(ref lists) == 2, "the second list is asked for");

        var before = context.Group.Generation;
        context.Group.Assign(new TopicPartition("orders.eu", 0));
        context.Eventually(() => context.Group.Generation > before, "the member joins again");
        older.SetResult(Topics("orders.eu"));

        context.Eventually(() => Subscriptions(context).LastOrDefault() == "orders.eu,orders.us", "the new topic is subscribed to");
    }

    private static MetadataResponse Topics(params string[] names) => new() { Topics = [.. names.Select(n => new MetadataResponse.MetadataResponseTopic { Name = n })] };

    private static List<string> Subscriptions(ConsumerTestContext context) =>
    [
        .. context.Cluster.Asked.Select(a => a.Request).OfType<JoinGroupRequest>()
            .Select(j => string.Join(',', ConsumerProtocol.DecodeSubscription("m", null, j.Protocols[0].Metadata).Topics)),
    ];
}
