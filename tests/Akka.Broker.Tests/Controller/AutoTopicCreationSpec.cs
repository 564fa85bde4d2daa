using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Controller;

public sealed class AutoTopicCreationSpec
{
    [Fact]
    public async Task However_many_ask_it_is_one_creation()
    {
        await using var node = new ControllerTestNode(new MemoryDisk());
        await node.RegisterAsync();
        var creation = new AutoTopicCreation(node.Client, node.Metadata);

        var errors = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => creation.EnsureAsync("orders").AsTask()));

        Assert.All(errors, e => Assert.Equal(ErrorCode.None, e));
        Assert.Equal(2, (await node.ChangesAsync()).Length);
        Assert.Single(node.Metadata.Current.Topics["orders"].Partitions);
    }

    [Fact]
    public async Task Name_that_cannot_be_is_refused_without_asking()
    {
        await using var node = new ControllerTestNode(new MemoryDisk());
        var creation = new AutoTopicCreation(node.Client, node.Metadata);

        Assert.Equal(ErrorCode.InvalidTopicException, await creation.EnsureAsync("not a name"));
    }

    [Fact]
    public async Task Offsets_topic_is_made_by_its_own_settings()
    {
        await using var node = new ControllerTestNode(new MemoryDisk());
        await node.RegisterAsync();

        Assert.Equal(ErrorCode.None, await new AutoTopicCreation(node.Client, node.Metadata).EnsureAsync("__consumer_offsets"));

        var topic = node.Metadata.Current.Topics["__consumer_offsets"];
        Assert.Equal((50, "compact"), (topic.Partitions.Length, topic.Configs["cleanup.policy"]));
    }
}
