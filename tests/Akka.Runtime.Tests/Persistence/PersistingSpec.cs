using Akka.Actor;

namespace Akka.Runtime.Tests.Persistence;

public sealed class PersistingSpec
{
    [Fact]
    public async Task Persist_holds_commands_back_until_its_handlers_ran()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var gate = new TaskCompletionSource();
        context.Journal.Gate = gate.Task;
        actor.Tell(new Do(a =>
        {
            a.Persist("a", e => a.Note($"stored {e}"));
            a.Persist("b", e => a.Note($"stored {e}"));
            a.Note("called");
        }));
        actor.Tell("1");
        actor.Tell("2");
        await probe.ExpectAsync("called");
        gate.SetResult();
        await probe.ExpectAsync("stored a", "stored b", "command 1", "command 2");
        Assert.Equal(["a", "b"], context.Journal.Events("p").Select(p => p.Payload));
        Assert.Equal([1L, 2L], context.Journal.Events("p").Select(p => p.SequenceNr));
    }

    [Fact]
    public async Task PersistAsync_lets_commands_through_and_keeps_the_order_of_handlers()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var gate = new TaskCompletionSource();
        context.Journal.Gate = gate.Task;
        actor.Tell(new Do(a => a.PersistAsync("a", e => a.Note($"stored {e}"))));
        actor.Tell(new Do(a =>
        {
            a.PersistAsync("b", e => a.Note($"stored {e}"));
            a.PersistAsync("c", e => a.Note($"stored {e}"));
        }));
        actor.Tell("1");
        await probe.ExpectAsync("command 1");
        gate.SetResult();
        await probe.ExpectAsync("stored a", "stored b", "stored c");
    }

    [Fact]
    public async Task Events_gather_while_a_write_is_in_flight_and_go_out_together()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var gate = new TaskCompletionSource();
        context.Journal.Gate = gate.Task;
        for (var i = 0; i < 5; i++)
        {
            var n = i;
            actor.Tell(new Do(a => a.PersistAsync(n, e => a.Note($"stored {e}"))));
        }

        actor.Tell("mark");
        await probe.ExpectAsync("command mark");
        gate.SetResult();
        await probe.ExpectAsync("stored 0", "stored 1", "stored 2", "stored 3", "stored 4");
        Assert.Equal([1, 4], context.Journal.BatchSizes);
    }

    [Fact]
    public async Task Handlers_see_the_sender_of_their_command()
    {
        await using var context = new PersistenceTestContext();
        var (probe, other) = (context.NewProbe(), context.NewProbe());
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.PersistAsync("a", _ => a.Note("stored"))), probe.Ref);
        actor.Tell(new Do(a => a.PersistAsync("b", _ => a.Note("stored"))), other.Ref);
        actor.Tell(new Do(a => a.DeferAsync("c", _ => a.Note("deferred"))), other.Ref);
        await probe.ExpectAsync("stored");
        Assert.Equal(probe.Ref, probe.LastSender);
        await probe.ExpectAsync("stored");
        Assert.Equal(other.Ref, probe.LastSender);
        await probe.ExpectAsync("deferred");
        Assert.Equal(other.Ref, probe.LastSender);
    }

    [Fact]
    public async Task PersistAll_is_one_write_and_runs_the_handler_for_each_event()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a =>
        {
            a.PersistAll(["a", "b", "c"], e => a.Note($"stored {e}"));
            a.PersistAllAsync(["d", "e"], e => a.Note($"stored {e}"));
            a.PersistAll(Array.Empty<string>(), _ => a.Note("never"));
        }));
        actor.Tell("1");
        await probe.ExpectAsync("stored a", "stored b", "stored c");
        var rest = new[] { await probe.ExpectAsync<string>(), await probe.ExpectAsync<string>(), await probe.ExpectAsync<string>() };
        Assert.Equal(["command 1", "stored d", "stored e"], rest.Order());
        Assert.Equal([2], context.Journal.BatchSizes);
    }

    [Fact]
    public async Task Persist_within_a_handler_goes_on_holding_commands_back()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a =>
        {
            a.Persist("outer", _ =>
            {
                a.Note("outer");
                a.Persist("inner", _ => a.Note("inner"));
            });
            a.Persist("second", _ => a.Note("second"));
        }));
        actor.Tell("1");
        await probe.ExpectAsync("outer", "second", "inner", "command 1");
        Assert.Equal(["outer", "second", "inner"], context.Journal.Events("p").Select(p => p.Payload));
    }

    [Fact]
    public async Task Persist_within_a_handler_of_PersistAsync_holds_commands_back_from_then_on()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.PersistAsync("outer", _ =>
        {
            a.Note("outer");
            a.Persist("inner", _ => a.Note("inner"));
            actor.Tell("1");
        })));
        await probe.ExpectAsync("outer", "inner", "command 1");
    }

    [Fact]
    public async Task Deferred_handlers_wait_for_the_writes_before_them_and_store_nothing()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.DeferAsync("first", e => a.Note($"deferred {e}"))));
        actor.Tell(new Do(a =>
        {
            a.PersistAsync("a", e => a.Note($"stored {e}"));
            a.DeferAsync("b", e => a.Note($"deferred {e}"));
            a.PersistAsync("c", e => a.Note($"stored {e}"));
        }));
        await probe.ExpectAsync("deferred first", "stored a", "deferred b", "stored c");
        Assert.Equal(["a", "c"], context.Journal.Events("p").Select(p => p.Payload));
        Assert.Equal([1L, 2L], context.Journal.Events("p").Select(p => p.SequenceNr));
    }

    [Fact]
    public async Task Failed_write_is_reported_and_stops_the_actor()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var watcher = context.NewProbe().Watching(context.System, actor);
        context.Journal.Verdict = e => e is "bad" ? new IOException("disk") : null;
        actor.Tell(new Do(a =>
        {
            a.PersistAsync("bad", _ => a.Note("never"));
            a.PersistAsync("next", _ => a.Note("never"));
        }));
        await probe.ExpectAsync("failed bad 1 disk");
        Assert.Equal(actor, (await watcher.ExpectAsync<Terminated>()).ActorRef);
        Assert.True(probe.IsEmpty);
    }

    [Fact]
    public async Task Rejected_event_is_reported_and_the_actor_goes_on()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        context.Journal.Verdict = e => e is "bad" ? "refused" : null;
        actor.Tell(new Do(a =>
        {
            a.Persist("a", e => a.Note($"stored {e}"));
            a.Persist("bad", _ => a.Note("never"));
            a.Persist("c", e => a.Note($"stored {e} {a.LastSequenceNr}"));
        }));
        actor.Tell("1");
        await probe.ExpectAsync("stored a", "rejected bad 2 refused", "stored c 3", "command 1");
    }

    [Fact]
    public async Task Failing_command_still_stores_what_it_persisted_and_the_new_incarnation_replays_it()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a =>
        {
            a.Persist("a", _ => a.Note("never, by the new incarnation"));
            throw new InvalidOperationException("oops");
        }));
        actor.Tell("1");
        await probe.ExpectAsync("restart oops");
        await probe.ExpectAsync("replay a", "completed 1", "command 1");
    }

    [Fact]
    public async Task Failing_handler_restarts_the_actor_and_loses_no_waiting_command()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a =>
        {
            a.Persist("a", _ => throw new InvalidOperationException("oops"));
            a.Persist("b", _ => a.Note("never"));
        }));
        actor.Tell("1");
        actor.Tell("2");
        await probe.ExpectAsync("restart oops", "replay a", "replay b", "completed 2", "command 1", "command 2");
    }

    [Fact]
    public async Task Own_stash_comes_back_before_commands_that_came_later()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.Become(() =>
        {
            a.OnCommand<Do>(command => command.Action(a));
            a.OnCommand<string>(_ => a.Stash.Stash());
        })));
        actor.Tell("1");
        actor.Tell("2");
        actor.Tell(new Do(a => a.Persist("e", _ =>
        {
            a.Become(() =>
            {
                a.OnCommand<Do>(command => command.Action(a));
                a.OnCommand<string>(text => a.Note($"late {text}"));
            });
            a.Stash.UnstashAll();
        })));
        actor.Tell("3");
        actor.Tell("4");
        await probe.ExpectAsync("late 1", "late 2", "late 3", "late 4");
    }

    [Fact]
    public async Task Asynchronous_command_may_persist_and_commands_wait_for_it()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var step = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        actor.Tell(new Do(a => a.Await(async () =>
        {
            await step.Task;
            a.Persist("a", e => a.Note($"stored {e}"));
            a.Note("awaited");
        })));
        actor.Tell("1");
        actor.Tell("2");
        step.SetResult();
        await probe.ExpectAsync("awaited", "stored a", "command 1", "command 2");
    }

    [Fact]
    public async Task Many_commands_of_every_kind_keep_their_order()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var random = new Random(7);
        var expected = new List<int>();
        for (var i = 0; i < 2_000; i++)
        {
            var n = i;
            expected.Add(n);
            actor.Tell(random.Next(3) switch
            {
                0 => new Do(a => a.Persist(n, e => a.Note($"{e}"))),
                1 => new Do(a => a.PersistAsync(n, e => a.Note($"{e}"))),
                _ => new Do(a => a.DeferAsync(n, e => a.Note($"{e}"))),
            });
        }

        await probe.ExpectAsync(expected.Select(n => (object)$"{n}").ToArray());
    }
}
