/**
 * True where several processes of one user may listen on one port (`SO_REUSEPORT`), the kernel spreading connections over them: there a
 * process is renewed while another of its kind takes what comes.
 */
export const canSharePorts = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform)
