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
        context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) => new MetadataResponse
        {
            Topics = [.. Volatile.Read(ref names).Select(n => new MetadataResponse.MetadataResponseTopic { Name = n })],
        });
        List<string> Subscriptions() =>
        [
            .. context.Cluster.Asked.Select(a => a.Request).OfType<JoinGroupRequest>()
                .Select(j => string.Join(',', ConsumerProtocol.DecodeSubscription("m", null, j.Protocols[0].Metadata).Topics)),
        ];
        var consumer = Sys.ActorOf(ConsumerActor.Props(context.Client, Serializers.Utf8, Serializers.Utf8, TestActor));
        consumer.Tell(new SubscribePattern(new Regex("^orders")), TestActor);
        ExpectMsg<ConsumerDone>(TimeSpan.FromSeconds(20));
        context.Eventually(() => Subscriptions().LastOrDefault() == "orders.eu", "what matches is subscribed to");

        context.Cluster.SetTopic("orders.us", 1);
        Volatile.Write(ref names, ["orders.eu", "orders.us"]);
        context.Group.Assign(new TopicPartition("orders.eu", 0));

        context.Eventually(() => Subscriptions().LastOrDefault() == "orders.eu,orders.us", "the new topic is subscribed to");
    }
}
