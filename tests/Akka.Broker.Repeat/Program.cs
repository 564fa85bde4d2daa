using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using Akka.Broker.Repeat;

// Runs tests again and again, some at a time, in one process: what a race needs, once all is compiled and the cores are contended, and what a run of each never shows.
var assembly = new Argument<FileInfo>("assembly") { Description = "The test project's assembly." };
var seconds = new Option<int>("--seconds") { Description = "For how long.", DefaultValueFactory = _ => 60 };
var width = new Option<int>("--width") { Description = "How many run at a time.", DefaultValueFactory = _ => 3 };
var filter = new Option<string>("--filter") { Description = "A part of the test's name.", DefaultValueFactory = _ => "" };
var limit = new Option<int>("--limit") { Description = "Seconds after which a test hangs.", DefaultValueFactory = _ => 60 };
var command = new RootCommand("Runs the tests of one project over and over, in an order drawn at random.") { assembly, seconds, width, filter, limit };
command.SetAction(async (parsed, _) =>
{
    var cases = TestCase.In(Load(parsed.GetValue(assembly)!.FullName), out var left);
    cases.RemoveAll(c => !c.Name.Contains(parsed.GetValue(filter)!, StringComparison.OrdinalIgnoreCase));
    if (cases.Count == 0)
    {
        Console.Error.WriteLine($"No test's name has \"{parsed.GetValue(filter)}\" in it.");
        return 2;
    }
    // Actor systems tell there of the faults that specs plant.
    var told = Console.Out;
    Console.SetOut(TextWriter.Null);
    if (left > 0)
        told.WriteLine($"{left} methods with tests are left out: they are skipped, or need more than an instance.");
    var time = Stopwatch.StartNew();
    var (runs, failures) = (0, 0);
    await Task.WhenAll(Enumerable.Range(0, parsed.GetValue(width)).Select(_ => Task.Run(async () =>
    {
        while (time.Elapsed.TotalSeconds < parsed.GetValue(seconds))
        {
            var test = cases[Random.Shared.Next(cases.Count)];
            Interlocked.Increment(ref runs);
            try
            {
                await Task.Run(test.RunAsync).WaitAsync(TimeSpan.FromSeconds(parsed.GetValue(limit)));
            }
            catch (Exception failure)
            {
                Interlocked.Increment(ref failures);
                told.WriteLine(failure is TimeoutException ? $"HANGS {test.Name}" : $"FAILS {test.Name}\n{failure}");
            }
        }
    })));
    told.WriteLine($"{cases.Count} tests, {runs} runs, {failures} failed");
    return failures == 0 ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();

// Beside this program's own assemblies, of which xunit's are also the tests'.
static Assembly Load(string path)
{
    var resolver = new AssemblyDependencyResolver(path);
    AssemblyLoadContext.Default.Resolving += (context, name) => resolver.ResolveAssemblyToPath(name) is { } found ? context.LoadFromAssemblyPath(found) : null;
    AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
        resolver.ResolveUnmanagedDllToPath(name) is { } found ? System.Runtime.InteropServices.NativeLibrary.Load(found) : 0;
    return AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
}
