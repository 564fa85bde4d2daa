using Akka.Broker.Client.Consuming;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class KeyOrderedSchedulerSpec
{
    [Fact]
    public void Records_of_one_key_run_one_after_the_other_and_others_meanwhile()
    {
        var scheduler = new KeyOrderedScheduler<Item>(handlers: 3);
        Item a1 = new(1, "a1"), a2 = new(1, "a2"), b1 = new(2, "b1");
        scheduler.Add(a1);
        scheduler.Add(a2);
        scheduler.Add(b1);

        Assert.Equal("a1 b1", Start(scheduler));
        scheduler.Finish(a1);
        Assert.Equal("a2", Start(scheduler));
    }

    [Fact]
    public void A_key_that_hangs_holds_up_nobody_else()
    {
        var scheduler = new KeyOrderedScheduler<Item>(handlers: 2);
        scheduler.Add(new Item(1, "hangs"));
        for (var i = 0; i < 50; i++)
            scheduler.Add(new Item(1, "behind"));
        Assert.Equal("hangs", Start(scheduler));
        for (ulong key = 2; key < 40; key++)
        {
            var item = new Item(key, $"k{key}");
            scheduler.Add(item);
            Assert.Equal($"k{key}", Start(scheduler));
            scheduler.Finish(item);
        }
    }

    [Fact]
    public void No_more_run_than_there_are_handlers()
    {
        var scheduler = new KeyOrderedScheduler<Item>(handlers: 2);
        for (ulong key = 0; key < 5; key++)
            scheduler.Add(new Item(key, $"{key}"));
        Assert.Equal("0 1", Start(scheduler));
        Assert.Equal(2, scheduler.Running);
    }

    [Fact]
    public void A_record_that_waits_for_its_next_attempt_takes_no_handler_and_keeps_its_place()
    {
        var scheduler = new KeyOrderedScheduler<Item>(handlers: 1);
        Item a1 = new(1, "a1"), a2 = new(1, "a2"), b1 = new(2, "b1");
        scheduler.Add(a1);
        scheduler.Add(a2);
        scheduler.Add(b1);
        Assert.Equal("a1", Start(scheduler));
        scheduler.Retry(a1, dueMs: 100);

        Assert.Equal("b1", Start(scheduler));
        scheduler.Finish(b1);
        Assert.Equal(100, scheduler.NextDueMs);
        Assert.Equal("", Start(scheduler, 99));
        Assert.Equal("a1", Start(scheduler, 100));
        Assert.Equal(2, a1.Attempts);
        scheduler.Finish(a1);
        Assert.Equal("a2", Start(scheduler, 100));
    }

    [Fact]
    public void What_is_taken_out_never_runs_and_what_runs_stays()
    {
        var scheduler = new KeyOrderedScheduler<Item>(handlers: 2);
        Item running = new(1, "x1"), behind = new(1, "x2"), delayed = new(2, "x3"), kept = new(2, "k1"), other = new(3, "k2");
        scheduler.Add(running);
        scheduler.Add(behind);
        scheduler.Add(delayed);
        scheduler.Add(kept);
        Start(scheduler);
        scheduler.Retry(delayed, 50);
        scheduler.Add(other);

        var removed = new List<string>();
        scheduler.Remove(i => i.Name.StartsWith('x'), i => removed.Add(i.Name));

        Assert.Equal(["x2", "x3"], removed.Order());
        Assert.Equal("k1", Start(scheduler));
        scheduler.Finish(running);
        Assert.Equal("k2", Start(scheduler));
        scheduler.Finish(kept);
        scheduler.Finish(other);
        Assert.Equal((0, 0), (scheduler.Count, scheduler.Running));
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Whatever_fails_and_whenever_each_key_is_handled_in_order_and_wholly(int seed)
    {
        var random = new Random(seed);
        var scheduler = new KeyOrderedScheduler<Item>(handlers: 4);
        var running = new List<Item>();
        var done = new Dictionary<ulong, List<int>>();
        var added = new Dictionary<ulong, int>();
        var now = 0L;
        for (var i = 0; i < 20_000 || scheduler.Count > 0; i++)
        {
            now++;
            if (i < 20_000 && random.Next(2) == 0)
            {
                var key = (ulong)random.Next(9);
                added[key] = added.GetValueOrDefault(key) + 1;
                scheduler.Add(new Item(key, $"{added[key]}"));
            }
            while (scheduler.TryStart(now, out var started))
            {
                Assert.DoesNotContain(running, r => r.Lane == started.Lane);
                running.Add(started);
            }
            if (running.Count == 0)
                continue;
            var ended = running[random.Next(running.Count)];
            running.Remove(ended);
            if (random.Next(5) == 0)
            {
                scheduler.Retry(ended, now + random.Next(20));
                continue;
            }
            scheduler.Finish(ended);
            if (!done.TryGetValue(ended.Lane, out var list))
                done[ended.Lane] = list = [];
            list.Add(int.Parse(ended.Name, System.Globalization.CultureInfo.InvariantCulture));
        }
        foreach (var (key, count) in added)
            Assert.Equal(Enumerable.Range(1, count), done[key]);
    }

    private static string Start(KeyOrderedScheduler<Item> scheduler, long now = 0)
    {
        var started = new List<string>();
        while (scheduler.TryStart(now, out var item))
            started.Add(item.Name);
        return string.Join(' ', started);
    }

    private sealed class Item(ulong lane, string name) : ScheduledRecord(lane)
    {
        public string Name { get; } = name;
    }
}
