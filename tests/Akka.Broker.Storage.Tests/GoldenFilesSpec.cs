using System.Text;
using Akka.Broker.Protocol;

namespace Akka.Broker.Storage.Tests;

/// <summary>The bytes of every file of a data folder, written once and for all.</summary>
public sealed class GoldenFilesSpec
{
    [Fact]
    public void A_logs_files_are_these_bytes()
    {
        using var context = Written();
        Dictionary<string, string> golden = new()
        {
            // last offset - base, position
            ["00000000000000000000.index"] = "00000003 00000063" + "00000004 000000c2",
            // timestamp, offset - base
            ["00000000000000000000.timeindex"] = "0000018bcfe56803 00000003" + "0000018bcfe56804 00000004",
            // version, producer id, first offset, last offset, last stable offset
            ["00000000000000000000.txnindex"] = "0000 0000000000000009 0000000000000002 0000000000000004 0000000000000005",
            // version, crc, count; producer id, epoch, last sequence, last offset, delta, timestamp, coordinator epoch, open transaction
            ["00000000000000000005.snapshot"] =
                "0001 fed64674 00000001" + "0000000000000009 0000 00000001 0000000000000003 00000001 0000018bcfe56804 00000006 ffffffffffffffff",
            ["00000000000000000005.index"] = "",
            ["00000000000000000005.timeindex"] = "0000018bcfe56805 00000000",
        };
        foreach (var (name, hex) in golden)
            Assert.Equal($"{name} {hex.Replace(" ", "")}", $"{name} {Hex(context, $"{context.LogFolder}/{name}")}");
        Assert.Equal("0\n2\n0 1\n2 5\n", Text(context, $"{context.LogFolder}/leader-epoch-checkpoint"));
        Assert.Equal("version: 0\ntopic_id: EREiIjMzRERVVWZmd3eIiA\n", Text(context, $"{context.LogFolder}/partition.metadata"));
        Assert.Equal(
            ["00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex", "00000000000000000000.txnindex",
             "00000000000000000005.index", "00000000000000000005.log", "00000000000000000005.snapshot", "00000000000000000005.timeindex",
             "00000000000000000006.snapshot", "leader-epoch-checkpoint", "partition.metadata"],
            context.Memory.FilesIn(context.LogFolder));
    }

    [Fact]
    public void A_data_folders_files_are_these_bytes()
    {
        using var context = Written();
        Assert.Equal(
            [".kafka_cleanshutdown", ".lock", "log-start-offset-checkpoint", "meta.properties", "recovery-point-offset-checkpoint", "replication-offset-checkpoint"],
            context.Memory.FilesIn(LogTestContext.Folder));
        Assert.Equal("{\"version\":0,\"brokerEpoch\":12}", Text(context, $"{LogTestContext.Folder}/.kafka_cleanshutdown"));
        Assert.Equal("0\n1\ntopic 0 1\n", Text(context, $"{LogTestContext.Folder}/log-start-offset-checkpoint"));
        Assert.Equal("0\n2\nother 12 0\ntopic 0 6\n", Text(context, $"{LogTestContext.Folder}/recovery-point-offset-checkpoint"));
        Assert.Equal("0\n2\nother 12 0\ntopic 0 3\n", Text(context, $"{LogTestContext.Folder}/replication-offset-checkpoint"));
        Assert.Matches("^#\nnode\\.id=1\ndirectory\\.id=[A-Za-z0-9_-]{22}\nversion=1\ncluster\\.id=cluster\n$", Text(context, $"{LogTestContext.Folder}/meta.properties"));
    }

    private static LogTestContext Written()
    {
        var context = new LogTestContext(new LogConfig { IndexIntervalBytes = 0, RetentionMs = -1 });
        context.Manager.SetClusterId("cluster");
        var log = context.Log;
        var token = log.TakeOver();
        Assert.True(log.Append(token, Batches.Of(0, 2)).IsAppended);
        Assert.True(log.Append(token, Batches.Idempotent(2, 9, 0, 2, transactional: true)).IsAppended);
        Assert.True(log.Append(token, Batches.Marker(4, 9, commit: false, coordinatorEpoch: 6)).IsAppended);
        log.RollAsync().Now();
        Assert.True(log.Append(token, Batches.Of(5, epoch: 2)).IsAppended);
        log.HighWatermark = 3;
        log.IncrementLogStartOffsetAsync(1).Now();
        context.Manager.GetOrCreate(new TopicIdPartition(Guid.NewGuid(), "other", 12), LogConfig.Default);
        context.Manager.CloseCleanlyAsync(brokerEpoch: 12).Now();
        return context;
    }

    private static string Hex(LogTestContext context, string path) => Convert.ToHexStringLower(context.Memory.ReadAll(path));

    private static string Text(LogTestContext context, string path) => Encoding.UTF8.GetString(context.Memory.ReadAll(path));
}
