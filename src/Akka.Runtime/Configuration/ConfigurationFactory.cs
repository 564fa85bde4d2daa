using System.Reflection;
using System.Text;
using System.Text.Json;
using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>Where configurations come from: text, embedded resources, files in the working folder, objects.</summary>
public class ConfigurationFactory
{
    private const string ReferenceResource = "akka.conf";
    private static readonly Lazy<Config> Reference = new(() =>
        typeof(ConfigurationFactory).Assembly.GetManifestResourceInfo(ReferenceResource) is null
            ? Config.Empty
            : FromResource(ReferenceResource, typeof(ConfigurationFactory).Assembly));

    public static Config Empty => Config.Empty;

    /// <summary>Reads a HOCON text. Files that it includes are looked up in the working folder.</summary>
    public static Config ParseString(string hocon) => ParseString(hocon, null!);

    /// <summary>Reads a HOCON text; <paramref name="includeCallback"/> answers each include's name, null for "there is none".</summary>
    public static Config ParseString(string hocon, Func<string, HoconRoot> includeCallback) =>
        new(Parser.Parse(hocon, includeCallback));

    /// <summary>The file akka.hocon, or else akka.conf, of the working folder; empty without either.</summary>
    public static Config Load()
    {
        foreach (var name in new[] { "akka.hocon", "akka.conf" })
        {
            if (File.Exists(name))
            {
                return ParseString(File.ReadAllText(name));
            }
        }

        return Empty;
    }

    /// <summary>The default settings of the actor core.</summary>
    public static Config Default() => Reference.Value;

    public static Config FromResource<TAssembly>(string resourceName) => FromResource(resourceName, typeof(TAssembly).Assembly);

    public static Config FromResource(string resourceName, object instanceInAssembly) => instanceInAssembly switch
    {
        Assembly assembly => FromResource(resourceName, assembly),
        Type type => FromResource(resourceName, type.Assembly),
        _ => FromResource(resourceName, instanceInAssembly.GetType().Assembly),
    };

    public static Config FromResource(string resourceName, Assembly assembly)
    {
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"assembly {assembly.GetName().Name} has no embedded resource {resourceName}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return ParseString(reader.ReadToEnd());
    }

    /// <summary>The public properties of an object as settings; JSON is a subset of HOCON.</summary>
    public static Config FromObject(object source) => ParseString(JsonSerializer.Serialize(source));
}
