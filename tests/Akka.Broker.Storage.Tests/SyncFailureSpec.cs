using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

/// <summary>The system tells one sync of a lost write and no other; see what becomes of the others, and of other failures in the middle.</summary>
public sealed class SyncFailureSpec
{
    [Fact]
    public void A_writer_is_told_of_a_write_that_a_checkpoints_sync_found_lost()
    {
        using var context = new LogTestContext(new LogConfig { RetentionMs = -1 });
        var faulty = new FaultyDisk(context.Memory);
        context.Disk = faulty;
        context.Log.Fill(3);
        var segment = context.Log.Mutator.Active;
        var isTold = false;
        faulty.Fault = (operation, path) => operation == DiskOperation.Sync && path.EndsWith(".log", StringComparison.Ordinal) && !isTold && (isTold = true)
            ? new IOException("a write was lost")
            : null;
        Assert.Throws<IOException>(segment.SyncLogBeside);
        // The next sync of the file would succeed, as Linux has it.
        var failure = Assert.Throws<LogFailedException>(() => context.Log.FlushAsync().Now());
        Assert.Contains("a write was lost", failure.Message);
        Assert.NotNull(context.Log.Failure);
    }

    [Fact]
    public async Task A_writers_sync_waits_for_the_one_beside_it_and_fails_with_it()
    {
        using var context = new LogTestContext(new LogConfig { RetentionMs = -1 });
        var faulty = new FaultyDisk(context.Memory);
        context.Disk = faulty;
        context.Log.Fill(3);
        var segment = context.Log.Mutator.Active;
        using var entered = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var syncs = 0;
        faulty.Fault = (operation, path) =>
        {
            if (operation != DiskOperation.Sync || Interlocked.Increment(ref syncs) > 1)
                return null;
            entered.Set();
            goOn.Wait();
            return new IOException("a write was lost");
        };
        var beside = Task.Run(segment.SyncLogBeside);
        entered.Wait();
        var writers = Task.Run(segment.SyncLog);
        goOn.Set();
        await Assert.ThrowsAsync<IOException>(() => beside);
        await Assert.ThrowsAsync<IOException>(() => writers);
        Assert.Equal(1, syncs);
    }

    [Fact]
    public void A_folder_that_cannot_be_renamed_leaves_its_log_in_service()
    {
        using var context = new LogTestContext();
        var faulty = new FaultyDisk(context.Memory);
        context.Disk = faulty;
        context.Log.Fill(3);
        faulty.Fault = (operation, path) => operation == DiskOperation.Move && path == context.LogFolder ? new IOException("planted") : null;
        Assert.Throws<IOException>(() => context.Manager.DeleteAsync(context.Log).Now());
        context.Log.Fill(2);
        Assert.Equal(5, context.Log.LogEndOffset);
        faulty.Fault = null;
        context.Manager.DeleteAsync(context.Log).Now();
        Assert.Equal(0, context.Log.LogEndOffset);
    }

    [Fact]
    public void A_read_that_fails_lets_its_segment_go()
    {
        using var context = new LogTestContext();
        var faulty = new FaultyDisk(context.Memory);
        context.Disk = faulty;
        context.Log.Fill(3);
        var segment = context.Log.Mutator.Active;
        faulty.Fault = (operation, _) => operation == DiskOperation.Read ? new IOException("planted") : null;
        Assert.Throws<IOException>(() => context.Log.Read(0, 100, 3, minOneBatch: true));
        faulty.Fault = null;
        context.Manager.DeleteAsync(context.Log).Now();
        // Its last holder was the log.
        Assert.False(segment.TryAcquire());
    }
}
