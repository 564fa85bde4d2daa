using Akka.Broker.Controller;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Controller;

public sealed class MetadataCacheSpec
{
    private readonly MetadataCache _cache = new();

    private static MetadataImage At(long offset, string? topic = null) => MetadataImageBuilder.Apply(
        MetadataImage.Empty, topic is null ? [] : [new TopicRecord { Name = topic, TopicId = Guid.NewGuid() }], offset, 1);

    [Fact]
    public async Task Waiting_ends_with_the_first_image_that_has_the_offset()
    {
        var waiting = _cache.WaitForAsync(5);

        _cache.Publish(At(4));
        Assert.False(waiting.IsCompleted);
        var reached = At(6);
        _cache.Publish(reached);
        _cache.Publish(At(7));

        Assert.Same(reached, await waiting);
    }

    [Fact]
    public async Task What_is_there_already_is_not_waited_for()
    {
        _cache.Publish(At(3, "orders"));

        Assert.Same(_cache.Current, await _cache.WaitForAsync(3));
        Assert.Same(_cache.Current, await _cache.WaitForAsync(i => i.TryGetTopic("orders", out _)));
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        using var gone = new CancellationTokenSource();
        var waiting = _cache.WaitForAsync(5, gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _cache.Publish(At(5));
    }

    [Fact]
    public void Listeners_are_told_old_and_new()
    {
        List<(MetadataImage, MetadataImage)> told = [];
        _cache.Changed += (old, next) => told.Add((old, next));
        var image = At(1);

        _cache.Publish(image);

        Assert.Equal([(MetadataImage.Empty, image)], told);
    }

    [Fact]
    public void Images_never_go_back()
    {
        _cache.Publish(At(5));

        Assert.Throws<InvariantViolatedException>(() => _cache.Publish(At(4)));
    }
}
