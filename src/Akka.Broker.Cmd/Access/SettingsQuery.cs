using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Access;

/// <summary>One change of a setting; without a value it goes back to its default.</summary>
internal readonly record struct SettingChange(string Name, string? Value);

/// <summary>Settings of topics and brokers, as they are written on the command line and altered by the controller.</summary>
internal static class SettingsQuery
{
    private const sbyte Set = 0;
    private const sbyte Remove = 1;

    /// <summary>What an argument has as NAME=VALUE.</summary>
    /// <exception cref="VerbException">One is not written so.</exception>
    public static IReadOnlyList<SettingChange> Pairs(VerbContext context, string argument) =>
    [
        .. context.Arguments.Many(argument).Select(text => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? new SettingChange(text[..at], text[(at + 1)..])
            : throw new VerbException($"--{argument} is '{text}'; allowed: NAME=VALUE.")),
    ];

    /// <summary>Changes, or only checks, and fails with what is refused.</summary>
    public static async Task AlterAsync(VerbContext context, ConfigResourceType type, IEnumerable<string> names, IReadOnlyList<SettingChange> changes, bool validateOnly)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            ValidateOnly = validateOnly,
            Resources = [.. names.Select(name => new IncrementalAlterConfigsRequest.AlterConfigsResource
            {
                ResourceType = (sbyte)type,
                ResourceName = name,
                Configs = [.. changes.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig { Name = c.Name, ConfigOperation = c.Value is null ? Remove : Set, Value = c.Value })],
            })],
        };
        var response = await context.AdministerAsync<IncrementalAlterConfigsResponse>(request).ConfigureAwait(false);
        Answers.Check(response.Responses.Select(r => Answers.Problem(r.ErrorCode, r.ErrorMessage)));
    }

    /// <summary>As that broker tells them.</summary>
    public static async Task<IReadOnlyList<DescribeConfigsResponse.DescribeConfigsResourceResult>> DescribeAsync(
        VerbContext context, int broker, ConfigResourceType type, string name)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = (sbyte)type, ResourceName = name, ConfigurationKeys = null }],
            IncludeDocumentation = true,
        };
        var result = (await context.Peers.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(broker, request).ConfigureAwait(false)).Results[0];
        Answers.Check(result.ErrorCode, result.ErrorMessage, $"The settings of {name}");
        return result.Configs;
    }
}
