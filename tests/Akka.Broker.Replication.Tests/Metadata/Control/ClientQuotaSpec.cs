using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Quotas of clients as the controller sets and tells them.</summary>
public sealed class ClientQuotaSpec
{
    private readonly ControllerTestContext _context = new(brokers: 1);

    [Fact]
    public void A_quota_of_its_own_wins_over_the_default_and_gives_way_to_it_again_when_it_is_taken_away()
    {
        Alter(null, ("producer_byte_rate", 100), ("request_percentage", 50));
        Alter("a", ("producer_byte_rate", 7));

        Assert.Equal(7, _context.Image.ClientQuotas.Find("a", "producer_byte_rate"));
        Assert.Equal(50, _context.Image.ClientQuotas.Find("a", "request_percentage"));
        Assert.Equal(100, _context.Image.ClientQuotas.Find("b", "producer_byte_rate"));
        Assert.Null(_context.Image.ClientQuotas.Find("b", "consumer_byte_rate"));

        Alter("a", ("producer_byte_rate", null));
        Assert.Equal(100, _context.Image.ClientQuotas.Find("a", "producer_byte_rate"));
        Assert.Empty(_context.Image.ClientQuotas.ByClientId);
    }

    [Fact]
    public void What_stays_as_it_is_writes_nothing_and_keeps_the_image_of_the_quotas()
    {
        Alter("a", ("producer_byte_rate", 7));
        var before = _context.Image.ClientQuotas;

        Assert.Empty(_context.State.AlterClientQuotas(_context.Image, Request("a", ("producer_byte_rate", 7), ("consumer_byte_rate", null))).Records);
        _context.Create("other");

        Assert.Same(before, _context.Image.ClientQuotas);
    }

    [Fact]
    public void Asking_whether_it_could_be_done_changes_nothing()
    {
        var request = Request("a", ("producer_byte_rate", 7));
        request.ValidateOnly = true;

        Assert.Equal(ErrorCode.None, Assert.Single(_context.Run(_context.State.AlterClientQuotas(_context.Image, request)).Entries).ErrorCode);
        Assert.True(_context.Image.ClientQuotas.IsEmpty);
    }

    [Theory]
    [InlineData("client-id", "a", "producer_byte_rate", 0, "allowed: above 0")]
    [InlineData("client-id", "a", "producer_byte_rate", 1.5, "whole bytes")]
    [InlineData("client-id", "a", "request_percentage", double.NaN, "allowed: above 0")]
    [InlineData("client-id", "a", "controller_mutation_rate", 1, "is no quota of clients here; allowed: consumer_byte_rate")]
    [InlineData("client-id", "", "producer_byte_rate", 1, "null means the default")]
    [InlineData("user", "a", "producer_byte_rate", 1, "this one is of user")]
    public void A_quota_that_cannot_be_is_refused_by_name_and_others_are_not(string type, string name, string key, double value, string said)
    {
        var request = Request("good", ("consumer_byte_rate", 5));
        request.Entries.Insert(0, new() { Entity = [new() { EntityType = type, EntityName = name }], Ops = [new() { Key = key, Value = value }] });

        var entries = _context.Run(_context.State.AlterClientQuotas(_context.Image, request)).Entries;

        Assert.Equal([ErrorCode.InvalidRequest, ErrorCode.None], entries.Select(e => e.ErrorCode));
        Assert.Contains(said, entries[0].ErrorMessage);
        Assert.Equal(["good"], _context.Image.ClientQuotas.ByClientId.Keys);
    }

    [Fact]
    public void The_same_client_or_quota_twice_is_refused()
    {
        var request = Request("a", ("producer_byte_rate", 1));
        request.Entries.AddRange(Request("a", ("producer_byte_rate", 2)).Entries);
        request.Entries.AddRange(Request("b", ("producer_byte_rate", 2), ("producer_byte_rate", 3)).Entries);

        var errors = _context.Run(_context.State.AlterClientQuotas(_context.Image, request)).Entries.Select(e => e.ErrorCode);

        Assert.Equal([ErrorCode.None, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest], errors);
    }

    [Fact]
    public void A_cluster_whose_level_has_no_quotas_refuses_them_until_it_is_raised()
    {
        var older = ControllerTestContext.OfLevel1(brokers: 1);

        var refused = Assert.Single(older.Run(older.State.AlterClientQuotas(older.Image, Request("a", ("producer_byte_rate", 7)))).Entries);
        Assert.Equal(ErrorCode.UnsupportedVersion, refused.ErrorCode);
        Assert.Contains("from metadata.version 3 on; it is 1", refused.ErrorMessage);

        older.Run(older.State.UpdateFeatures(older.Image, new UpdateFeaturesRequest
        {
            FeatureUpdates = [new() { Feature = MetadataVersion.FeatureName, MaxVersionLevel = MetadataVersion.Quotas, UpgradeType = 1 }],
        }));
        older.Run(older.State.AlterClientQuotas(older.Image, Request("a", ("producer_byte_rate", 7))));
        Assert.Equal(7, older.Image.ClientQuotas.Find("a", "producer_byte_rate"));
    }

    [Fact]
    public void Quotas_are_told_by_name_by_default_and_all_of_them()
    {
        Alter(null, ("consumer_byte_rate", 9));
        Alter("a", ("producer_byte_rate", 7));
        Alter("b", ("producer_byte_rate", 8));

        Assert.Equal("null: consumer_byte_rate=9; a: producer_byte_rate=7; b: producer_byte_rate=8", Told());
        Assert.Equal("a: producer_byte_rate=7", Told(("client-id", 0, "a")));
        Assert.Equal("", Told(("client-id", 0, "c")));
        Assert.Equal("null: consumer_byte_rate=9", Told(("client-id", 1, null)));
        Assert.Equal("null: consumer_byte_rate=9; a: producer_byte_rate=7; b: producer_byte_rate=8", Told(("client-id", 2, null)));
        Assert.Equal("", Told(("user", 2, null)));
        var refused = ControllerState.DescribeClientQuotas(_context.Image, new() { Components = [new() { EntityType = "client-id", MatchType = 9 }] });
        Assert.Equal(ErrorCode.InvalidRequest, refused.ErrorCode);
        Assert.Null(refused.Entries);
    }

    private string Told(params (string Type, sbyte MatchType, string? Match)[] components) => string.Join(
        "; ",
        ControllerState.DescribeClientQuotas(_context.Image, new()
        {
            Components = [.. components.Select(c => new DescribeClientQuotasRequest.ComponentData { EntityType = c.Type, MatchType = c.MatchType, Match = c.Match })],
        }).Entries!
            .Select(e => $"{e.Entity.Single().EntityName ?? "null"}: {string.Join(",", e.Values.Select(v => $"{v.Key}={v.Value}"))}"));

    private void Alter(string? client, params (string Key, double? Value)[] ops) =>
        Assert.All(_context.Run(_context.State.AlterClientQuotas(_context.Image, Request(client, ops))).Entries, e => Assert.Equal(ErrorCode.None, e.ErrorCode));

    private static AlterClientQuotasRequest Request(string? client, params (string Key, double? Value)[] ops) => new()
    {
        Entries =
        [
            new()
            {
                Entity = [new() { EntityType = "client-id", EntityName = client }],
                Ops = [.. ops.Select(o => new AlterClientQuotasRequest.OpData { Key = o.Key, Value = o.Value ?? 0, Remove = o.Value is null })],
            },
        ],
    };
}
