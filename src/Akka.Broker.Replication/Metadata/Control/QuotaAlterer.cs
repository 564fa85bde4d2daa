using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>AlterClientQuotas and DescribeClientQuotas. A client changes whole or not at all; one's refusal does not touch the others.</summary>
internal static class QuotaAlterer
{
    private const sbyte Exact = 0;
    private const sbyte Default = 1;
    private const sbyte Any = 2;

    public static Decision<AlterClientQuotasResponse> Alter(MetadataImage image, AlterClientQuotasRequest request)
    {
        var response = new AlterClientQuotasResponse();
        var records = new List<IMessage>();
        var lines = new List<DecisionLine>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in request.Entries)
        {
            var result = new AlterClientQuotasResponse.EntryData
            {
                Entity = [.. entry.Entity.Select(e => new AlterClientQuotasResponse.EntityData { EntityType = e.EntityType, EntityName = e.EntityName })],
            };
            response.Entries.Add(result);
            try
            {
                var client = ClientOf(entry);
                if (!seen.Add(client ?? "\0"))
                    throw new RefusedException(ErrorCode.InvalidRequest, $"{NameOf(client)} is in the request more than once.");
                var changes = ChangesOf(image, entry, client);
                records.AddRange(changes);
                if (changes.Count > 0)
                    lines.Add(new DecisionLine("quota-changed", $"The quotas of {NameOf(client)} are changed: {string.Join(", ", changes.Select(Worded))}."));
            }
            catch (RefusedException refused)
            {
                (result.ErrorCode, result.ErrorMessage) = (refused.Refusal.Error, refused.Refusal.Message);
            }
        }
        return request.ValidateOnly ? new([], response) : new(records, response) { Lines = lines };
    }

    /// <summary>What the clients were given that the components name; all of them, if it names none.</summary>
    public static DescribeClientQuotasResponse Describe(MetadataImage image, DescribeClientQuotasRequest request)
    {
        if (RefusalOf(request) is { } refusal)
            return new DescribeClientQuotasResponse { ErrorCode = refusal.Error, ErrorMessage = refusal.Message, Entries = null };
        var response = new DescribeClientQuotasResponse { Entries = [] };
        var component = request.Components.Find(c => c.EntityType == ClientQuota.ClientIdType);
        // There are no quotas of users or addresses: who asks for those of a user, and lets others in too, gets none.
        if (request.Components.Count > (component is null ? 0 : 1) || (component is null && request.Strict))
            return response;
        var quotas = image.ClientQuotas;
        if (!quotas.OfOthers.IsEmpty && component is null or { MatchType: Default or Any })
            response.Entries.Add(EntryOf(null, quotas.OfOthers));
        foreach (var (client, values) in quotas.ByClientId)
        {
            if (component is null or { MatchType: Any } || (component.MatchType == Exact && component.Match == client))
                response.Entries.Add(EntryOf(client, values));
        }
        return response;
    }

    private static Refusal? RefusalOf(DescribeClientQuotasRequest request)
    {
        foreach (var component in request.Components)
        {
            if (component.MatchType is not (Exact or Default or Any))
                return new Refusal(ErrorCode.InvalidRequest, $"A match type is {component.MatchType}; allowed: 0 exact, 1 default, 2 any.");
            if (component.MatchType == Exact && component.Match is null)
                return new Refusal(ErrorCode.InvalidRequest, $"Of which {component.EntityType}? An exact match needs its name.");
            if (request.Components.Count(c => c.EntityType == component.EntityType) > 1)
                return new Refusal(ErrorCode.InvalidRequest, $"{component.EntityType} is in the request more than once.");
        }
        return null;
    }

    private static DescribeClientQuotasResponse.EntryData EntryOf(string? client, IEnumerable<KeyValuePair<string, double>> values) => new()
    {
        Entity = [new() { EntityType = ClientQuota.ClientIdType, EntityName = client }],
        Values = [.. values.Select(v => new DescribeClientQuotasResponse.ValueData { Key = v.Key, Value = v.Value })],
    };

    /// <summary>Null for the default.</summary>
    private static string? ClientOf(AlterClientQuotasRequest.EntryData entry)
    {
        if (entry.Entity is not [{ EntityType: ClientQuota.ClientIdType } client])
        {
            var types = string.Join(" and ", entry.Entity.Select(e => e.EntityType));
            throw new RefusedException(ErrorCode.InvalidRequest, $"Quotas are of one {ClientQuota.ClientIdType}, or of the default; this one is of {(types.Length == 0 ? "nothing" : types)}.");
        }
        return client.EntityName is not "" ? client.EntityName : throw new RefusedException(ErrorCode.InvalidRequest, $"A {ClientQuota.ClientIdType} is empty; null means the default.");
    }

    private static List<ClientQuotaRecord> ChangesOf(MetadataImage image, AlterClientQuotasRequest.EntryData entry, string? client)
    {
        if (image.MetadataVersion < MetadataVersion.Quotas)
        {
            throw new RefusedException(
                ErrorCode.UnsupportedVersion,
                $"Quotas are set from metadata.version {MetadataVersion.Quotas} on; it is {image.MetadataVersion}. Raise it ('pbm controller level', or UpdateFeatures) when all nodes run this release.");
        }
        var changes = new List<ClientQuotaRecord>();
        foreach (var op in entry.Ops)
        {
            if (entry.Ops.Count(o => o.Key == op.Key) > 1)
                throw new RefusedException(ErrorCode.InvalidRequest, $"'{op.Key}' is changed more than once.");
            if (ClientQuota.Refuse(op.Key, op.Remove ? 1 : op.Value) is { } refusal)
                throw new RefusedException(ErrorCode.InvalidRequest, refusal);
            var isSet = image.ClientQuotas.Own(client).TryGetValue(op.Key, out var last);
            if (op.Remove ? !isSet : isSet && last == op.Value)
                continue;
            changes.Add(new ClientQuotaRecord
            {
                Entity = [new() { EntityType = ClientQuota.ClientIdType, EntityName = client }],
                Key = op.Key,
                Value = op.Remove ? 0 : op.Value,
                Remove = op.Remove,
            });
        }
        return changes;
    }

    private static string NameOf(string? client) => client is null ? "clients without their own" : $"client '{client}'";

    private static string Worded(ClientQuotaRecord record) =>
        record.Remove ? $"no {record.Key}" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{record.Key} {record.Value}");
}
